// Runs the supervisor in this process until the system or a terminal asks it to end.

import { runSupervisor, type SupervisorOptions } from './run-supervisor.ts'

/**
 * The first SIGINT, SIGTERM or SIGHUP flushes and stops, a second SIGINT cuts the flushing short. Resolves to the signal that
 * ended it, or null after `beacon.supervisor.stop`.
 */
export async function runUntilSignalled(options: SupervisorOptions): Promise<NodeJS.Signals | null> {
  const stopping = new AbortController()
  const hard = new AbortController()
  let by: NodeJS.Signals | null = null
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted && signal === 'SIGINT') hard.abort()
    by ??= signal
    stopping.abort()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  try {
    await runSupervisor(options, stopping.signal, hard.signal)
    return by
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
  }
}
