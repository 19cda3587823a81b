// Ends a child and all that it started: asked with SIGTERM, and after the time that it is given, SIGKILL.

import { setTimeout as sleep } from 'node:timers/promises'
import { membersOf, signalGroup } from './process-group.ts'

const look_ms = 20
/** So long a killed process may take to go: one that hangs in the kernel is not waited for longer. */
const killed_ms = 2_000

/** `how` is null when nothing ran any more; `left` are processes that even SIGKILL did not end in time. */
export type EndedGroup = { how: 'asked' | 'killed' | null; left: number }

export async function endGroup(leader: number, timeout_ms: number): Promise<EndedGroup> {
  if ((await membersOf(leader)).length === 0) return { how: null, left: 0 }
  await signalGroup(leader, 'SIGTERM')
  // A stopped process sees SIGTERM only when it goes on.
  await signalGroup(leader, 'SIGCONT')
  if ((await emptyWithin(leader, timeout_ms)) === 0) return { how: 'asked', left: 0 }
  const end_ms = performance.now() + killed_ms
  let left: number
  do {
    // Again each time: in a session a process may have forked into a group of its own between look and kill.
    await signalGroup(leader, 'SIGKILL')
    left = await emptyWithin(leader, look_ms)
  } while (left > 0 && performance.now() < end_ms)
  return { how: 'killed', left }
}

/** How many processes are left when the time is over, or none. */
async function emptyWithin(leader: number, limit_ms: number): Promise<number> {
  const end_ms = performance.now() + limit_ms
  for (;;) {
    const left = (await membersOf(leader)).length
    if (left === 0 || performance.now() >= end_ms) return left
    await sleep(look_ms)
  }
}
