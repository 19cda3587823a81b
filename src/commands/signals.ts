// The three ways in which the world asks a command to end, as one AbortSignal.

import { PipeClosed } from './io.ts'

/** Reason of an abort by a signal. */
export class Interrupted extends Error {
  override readonly name = 'AbortError'
  readonly by: 'SIGINT' | 'SIGTERM'

  constructor(by: 'SIGINT' | 'SIGTERM') {
    super(`Ended by ${by}`)
    this.by = by
  }
}

/** A launcher and the terminal may both deliver the same Ctrl-C: only a later one means "at once". */
const same_press_ms = 250

export function listenForEnd(process: NodeJS.Process): { signal: AbortSignal } {
  const end = new AbortController()
  const first_ms: Partial<Record<string, number>> = {}
  for (const by of ['SIGINT', 'SIGTERM'] as const) {
    process.on(by, () => {
      const asked_ms = first_ms[by] ?? performance.now()
      first_ms[by] = asked_ms
      if (!end.signal.aborted) end.abort(new Interrupted(by))
      else if (performance.now() - asked_ms > same_press_ms) process.exit(by === 'SIGINT' ? 130 : 143)
    })
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error
      if (!end.signal.aborted) end.abort(new PipeClosed())
    })
  }
  return { signal: end.signal }
}
