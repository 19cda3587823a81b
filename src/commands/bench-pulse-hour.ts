// An hour of the pulse in simulated time: timers that fire late, a wall clock that is set by an hour, and nobody to take over.

import type { Clock } from '../core/beat-tracker.ts'
import { step } from '../core/pulse.ts'
import { makePulseNode, type PulseInput } from '../core/pulse-node.ts'
import { makeRandom } from '../sim/random.ts'

const hour_ms = 3_600_000
const bpm = 120
/** A timer fires up to so much late, as on a busy machine. */
const lateMax_ms = 20
/** A write to the broker takes so long. */
const write_ms = 2

/** How far the last beat of the hour was from where it should be, by the monotonic clock, in milliseconds; positive is behind. */
export function simulateHour(seed: number): { beats: number; drift_ms: number } {
  const random = makeRandom(seed)
  const node = makePulseNode({
    cluster_id: 'bench',
    name: 'bench',
    bpm,
    beats_per_bar: 120,
    hlc_node: 1,
    version: 'bench',
  })
  const clock: Clock = { monotonic_ms: 0, wall_ms: 0 }
  const sent: { beat: number; at_ms: number }[] = []
  let wake_ms = 0
  const take = (input: PulseInput): void => {
    const answers: PulseInput[] = []
    for (const effect of step(node, input, clock)) {
      if (effect.kind === 'wake') wake_ms = effect.at_ms
      else if (effect.kind === 'write') answers.push({ kind: 'wrote', id: effect.id, ok: true })
      else if (effect.kind === 'send') {
        sent.push({ beat: effect.frame.beat_index, at_ms: clock.monotonic_ms })
        answers.push({ kind: 'heard', frame: effect.frame, note: effect.note })
      }
    }
    for (const answer of answers) {
      if (answer.kind === 'wrote') pass(clock, write_ms)
      take(answer)
    }
  }
  take({ kind: 'gained', kept: null, valid_until_ms: Number.POSITIVE_INFINITY })
  while (clock.monotonic_ms < hour_ms) {
    const late_ms = random.below(lateMax_ms * 1_000) / 1_000
    const wait_ms = Math.max(0, wake_ms - clock.monotonic_ms) + late_ms
    // Half way the wall clock is set forward by an hour; what counts is the other one.
    if (clock.monotonic_ms < hour_ms / 2 && clock.monotonic_ms + wait_ms >= hour_ms / 2)
      clock.wall_ms += hour_ms
    pass(clock, wait_ms)
    take({ kind: 'tick' })
  }
  const [first, last] = [sent[0], sent.at(-1)]
  if (!first || !last) throw new Error('the simulated pulse sent nothing')
  const expected_ms = ((last.beat - first.beat) * 60_000) / bpm
  return { beats: sent.length, drift_ms: last.at_ms - first.at_ms - expected_ms }
}

function pass(clock: Clock, ms: number): void {
  clock.monotonic_ms += ms
  clock.wall_ms += ms
}
