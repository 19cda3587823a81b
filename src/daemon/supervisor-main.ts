// The entry of the supervisor's process when `daemon start` puts it in the background: gets its options over the
// IPC channel, tells the starter how it went, and then runs on without it.

import type { DaemonRecord } from '../client/endpoints.ts'
import { BeaconError, type Problem, toProblem } from '../core/errors.ts'
import { toHome } from './home.ts'
import type { SupervisorOptions } from './supervisor/run-supervisor.ts'
import { runUntilSignalled } from './supervisor/run-until-signalled.ts'

export type ToSupervisor = Omit<SupervisorOptions, 'home' | 'archiveCursorSeq' | 'echo' | 'onReady'> & {
  home_root: string
}

export type FromSupervisor =
  | { type: 'ready'; daemon: DaemonRecord; notes: string[] }
  | { type: 'failed'; problem: Problem }

process.once('message', (options: ToSupervisor) => {
  void run(options)
})

async function run({ home_root, ...options }: ToSupervisor): Promise<void> {
  process.title = `beacon-daemon ${home_root}`
  const home = toHome(home_root)
  try {
    await runUntilSignalled({
      ...options,
      home,
      // On demand: only a new stream asks, and LMDB is the larger part of what would be loaded.
      archiveCursorSeq: async () => (await import('./archive/archive-cursor-seq.ts')).archiveCursorSeq(home),
      onReady: (daemon, notes) => tell({ type: 'ready', daemon, notes }),
    })
    process.exit(0)
  } catch (error) {
    const known =
      error instanceof BeaconError
        ? error
        : new BeaconError('internal', error instanceof Error ? (error.stack ?? error.message) : String(error))
    tell({ type: 'failed', problem: toProblem(known) }, () => process.exit(1))
  }
}

function tell(message: FromSupervisor, told: () => void = () => {}): void {
  if (process.connected) process.send?.(message, undefined, undefined, told)
  else told()
}
