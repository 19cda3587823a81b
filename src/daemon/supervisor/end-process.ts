// Ends a process that is not our child: asks, waits, and insists.

import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, type ProcessId } from './process-table.ts'

/** Resolves to whether the process is gone. */
export async function endProcess(id: ProcessId, grace_ms: number): Promise<boolean> {
  // A stopped process sees SIGTERM only after SIGCONT.
  for (const signal of ['SIGTERM', 'SIGCONT'] as const) sendSignal(id, signal)
  if (await isGone(id, grace_ms)) return true
  sendSignal(id, 'SIGKILL')
  return await isGone(id, 2_000)
}

export async function isGone(id: ProcessId, wait_ms: number): Promise<boolean> {
  const end = performance.now() + wait_ms
  while (isAlive(id)) {
    if (performance.now() >= end) return false
    await sleep(10)
  }
  return true
}

function sendSignal(id: ProcessId, signal: NodeJS.Signals): void {
  try {
    if (isAlive(id)) process.kill(id.pid, signal)
  } catch {
    // It ended in between.
  }
}
