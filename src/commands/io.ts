// Standard input, output and error of one run: writing waits for slow readers, and a reader that went away ends quietly.

import { once } from 'node:events'

/** Thrown by writes after the reader of stdout went away; main.ts ends with a quiet 0. */
export class PipeClosed extends Error {}

export type Io = {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  /** Whether stdout is a terminal. */
  isTty: boolean
  columns: number
  /** Whether stdout may carry colour. */
  color: boolean
  /** Data, to stdout. Resolves when more may be written. */
  write(data: string | Uint8Array): Promise<void>
  /** A line for a human, to stderr; silent with -q. */
  note(line: string): void
  /** A line for a human who asked for more with -v, to stderr. */
  detail(line: string): void
}

export type IoOptions = { quiet: boolean; verbose: boolean; color: boolean }

export function makeIo(process: NodeJS.Process, options: IoOptions): Io {
  const { stdin, stdout, stderr } = process
  const isTty = stdout.isTTY === true
  return {
    // A getter: touching stdin keeps a process alive, and most commands never do.
    get stdin() {
      return stdin
    },
    stdout,
    stderr,
    isTty,
    columns: stdout.columns ?? 80,
    color: options.color,
    async write(data) {
      if (stdout.destroyed || stdout.errored) throw new PipeClosed()
      if (stdout.write(data)) return
      try {
        await once(stdout, 'drain')
      } catch (cause) {
        throw new PipeClosed('', { cause })
      }
    },
    note(line) {
      if (!options.quiet) stderr.write(`${line}\n`)
    },
    detail(line) {
      if (options.verbose) stderr.write(`${line}\n`)
    },
  }
}

/** Resolves when everything written has left this process, or the reader is gone. */
export async function drain(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed || stream.errored || stream.writableLength === 0) return
  await new Promise<void>((resolve) => {
    stream.once('close', resolve).once('error', () => resolve())
    stream.write('', () => resolve())
  })
}
