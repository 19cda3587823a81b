// Waits, but not longer than the signal.

import { setTimeout as sleep } from 'node:timers/promises'

export async function sleepOrAbort(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}
