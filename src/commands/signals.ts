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

/** As a shell shows the end by a signal. */
export const signalCodes = { SIGINT: 130, SIGTERM: 143 } as const

/** A launcher and the terminal may both deliver the same Ctrl-C: only a later one means "at once". */
const same_press_ms = 250

export type End = {
  signal: AbortSignal
  /** Leaves SIGINT and SIGTERM to the command, which then decides what a second one means. */
  release(): void
}

export function listenForEnd(process: NodeJS.Process): End {
  const end = new AbortController()
  const first_ms: Partial<Record<string, number>> = {}
  const onSignal = (by: 'SIGINT' | 'SIGTERM'): void => {
    const asked_ms = first_ms[by] ?? performance.now()
    first_ms[by] = asked_ms
    if (!end.signal.aborted) end.abort(new Interrupted(by))
    else if (performance.now() - asked_ms > same_press_ms) process.exit(signalCodes[by])
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const by of signals) process.on(by, onSignal)
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error
      if (!end.signal.aborted) end.abort(new PipeClosed())
    })
  }
  return {
    signal: end.signal,
    release() {
      for (const by of signals) process.off(by, onSignal)
    },
  }
}
