// Tells of many changes by one call: soon after the first of them, and then at most so often.

export class Seldom {
  readonly #tell: () => void
  readonly #rest_ms: number
  #timer: NodeJS.Timeout | undefined

  constructor(tell: () => void, rest_ms: number) {
    this.#tell = tell
    this.#rest_ms = rest_ms
  }

  /** Something changed: the next call is not long after it. */
  readonly say = (): void => {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#tell()
    }, this.#rest_ms)
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}
