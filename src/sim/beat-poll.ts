// The beat as the simulated agents know it: asked for at the public door each second, counted by themselves in between.

import {
  type Beat,
  type BeatTracker,
  beatNow,
  type Clock,
  hearStatus,
  makeBeatTracker,
} from '../core/beat-tracker.ts'
import { type PulseDocument, parsePulseDocument } from '../core/pulse-document.ts'
import type { Door } from './door.ts'
import { pause } from './pause.ts'

export type BeatPoll = {
  /** Undefined as long as nothing is known. */
  now(): Beat | undefined
  cluster(): string | undefined
}

const interval_ms = 1_000
/** Until the first answer. */
const first_ms = 100

/** Asks until `signal` aborts. */
export function pollBeat(door: Door, clock: () => Clock, signal: AbortSignal): BeatPoll {
  let tracker: BeatTracker | undefined
  void poll()
  async function poll(): Promise<void> {
    do {
      const status = await askStatus(door)
      if (!status) continue
      // Each answer is a new start, which follows the tempo; only the index never goes back.
      const next = makeBeatTracker(status.cluster_id)
      next.told = tracker?.told ?? -1
      hearStatus(next, status, clock())
      tracker = next
    } while (await pause(tracker ? interval_ms : first_ms, signal))
  }
  return {
    now: () => tracker && beatNow(tracker, clock()),
    cluster: () => tracker?.cluster_id,
  }
}

/** Undefined while the door does not know it either. */
async function askStatus(door: Door): Promise<PulseDocument | undefined> {
  const answer = await door.get('/api/v1/status')
  if (!answer.ok || answer.status !== 200) return undefined
  try {
    const document = parsePulseDocument(JSON.parse(answer.body))
    return document.ok ? document.value : undefined
  } catch {
    return undefined
  }
}
