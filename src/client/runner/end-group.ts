// Ends a child and all that it started: asked with SIGTERM, and after the time that it is given, SIGKILL.

import { setTimeout as sleep } from 'node:timers/promises'
import { membersOf, signalGroup } from './process-group.ts'

/** Most programs go at once, others take their time: looked at soon, and then more seldom. */
const look_ms = { first: 5, factor: 1.5, max: 250 }
/** So long a killed process may take to go: one that hangs in the kernel is not waited for longer. */
const killed_ms = 2_000

/** Resolves to how many processes even SIGKILL did not end. */
export async function endGroup(leader: number, timeout_ms: number): Promise<number> {
  if ((await membersOf(leader)).length === 0) return 0
  // A stopped process sees SIGTERM only when it goes on.
  await signalGroup(leader, 'SIGTERM', 'SIGCONT')
  if ((await leftAfter(leader, timeout_ms)) === 0) return 0
  await signalGroup(leader, 'SIGKILL')
  // What was forked between look and kill, in a group of its own, is met at the next look.
  return await leftAfter(leader, killed_ms, () => signalGroup(leader, 'SIGKILL'))
}

/** How many processes are left when the time is over, or none sooner. */
async function leftAfter(leader: number, limit_ms: number, insist?: () => Promise<void>): Promise<number> {
  const end_ms = performance.now() + limit_ms
  for (let pause_ms = look_ms.first; ; pause_ms = Math.min(pause_ms * look_ms.factor, look_ms.max)) {
    const left = (await membersOf(leader)).length
    const rest_ms = end_ms - performance.now()
    if (left === 0 || rest_ms <= 0) return left
    await sleep(Math.min(pause_ms, rest_ms))
    await insist?.()
  }
}
