// One line of the registry of errors (errors.ts): what happened, how to mend it, and how it ends a command or a request.

export type ErrorEntry = {
  /** Short title, the same for each occurrence; RFC 9457 `title`. */
  title: string
  /** How to mend it. */
  hint: string
  /** Exit code of a command that ends with it (CONTRACT: 1 failed, 2 usage, 3 not found, 4 unreachable, 5 refused). */
  exit: 1 | 2 | 3 | 4 | 5
  /** Status of an HTTP answer that carries it. */
  status: number
}
