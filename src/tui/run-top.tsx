// The loop of `beacon top`: the screen, its clock, and the end, on which the terminal is as before in every case.

import type { TopOptions } from './top-options.ts'
import { TopScreen } from './top-screen.tsx'

const poll_ms = 1_000
/** Signals that would end the process and leave the terminal as it is. */
const signals = ['SIGHUP', 'SIGQUIT'] as const
const bugs = ['uncaughtException', 'unhandledRejection'] as const

/** Resolves when the user quits, the signal aborts or the terminal goes away; rejects on a bug. The terminal is restored before. */
export async function runTop(options: TopOptions): Promise<void> {
  const { ports, signal } = options
  const ended = Promise.withResolvers<void>()
  const onEnd = (): void => ended.resolve()
  const onBug = (error: unknown): void => (isGone(error) ? ended.resolve() : ended.reject(error))
  const screen = new TopScreen(options, onEnd, onBug)
  const timers: NodeJS.Timeout[] = []

  for (const name of signals) process.on(name, onEnd)
  for (const name of bugs) process.on(name, onBug)
  signal.addEventListener('abort', onEnd, { once: true })
  if (signal.aborted) onEnd()
  try {
    screen.open()
    const poll = async (): Promise<void> => {
      const status = await ports.requestStatus().catch(() => null)
      screen.dispatch({ type: 'status', status })
    }
    timers.push(
      setInterval(() => screen.dispatch({ type: 'tick', wall_ms: Date.now() }), poll_ms),
      setInterval(() => void poll(), poll_ms),
    )
    void poll()
    await ended.promise
  } finally {
    for (const timer of timers) clearInterval(timer)
    await screen.close()
    signal.removeEventListener('abort', onEnd)
    for (const name of signals) process.off(name, onEnd)
    for (const name of bugs) process.off(name, onBug)
  }
}

/** Writing to a terminal that went away, before its SIGHUP came. */
const isGone = (error: unknown): boolean =>
  error instanceof Error && ['EIO', 'EPIPE', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')
