// Hands the signals that the runner gets to the child's group, as if the runner were not there.

import { signalGroup } from './process-group.ts'

const forwarded = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGCONT',
] as const satisfies NodeJS.Signals[]

const ends: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])

/** The child leads its own session, so the terminal's keys reach only the runner. Returns how to stop. */
export function forwardSignals(leader: number): () => void {
  const forward = (signal: NodeJS.Signals): void => {
    void signalGroup(leader, signal)
    // What asks for an end reaches a paused program only when it goes on.
    if (ends.has(signal)) void signalGroup(leader, 'SIGCONT')
  }
  // Ctrl-Z: the child stops first, then the runner, which the shell's `fg` wakes together again by SIGCONT.
  const suspend = (): void => {
    void signalGroup(leader, 'SIGSTOP').then(() => process.kill(process.pid, 'SIGSTOP'))
  }
  for (const signal of forwarded) process.on(signal, forward)
  process.on('SIGTSTP', suspend)
  return () => {
    for (const signal of forwarded) process.off(signal, forward)
    process.off('SIGTSTP', suspend)
  }
}
