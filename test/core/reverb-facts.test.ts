import { expect, test } from 'vitest'
import { barOf, toWindowId } from '../../src/core/beat.ts'
import { type BarTiming, type BeatFrame, beatFrameType } from '../../src/core/beat-frame.ts'
import {
  driftOf,
  type FactBook,
  factsOf,
  hearAnswer,
  hearBeat,
  hearRefused,
  makeFactBook,
  parseRefusedClaims,
} from '../../src/core/reverb-facts.ts'

const beats_per_bar = 4

function hear(
  book: FactBook,
  beat_index: number,
  note: { late_ms?: number; epoch?: number; bar?: BarTiming },
) {
  const { from_beat } = barOf(beat_index, beats_per_bar)
  const frame: BeatFrame = {
    type: beatFrameType,
    cluster_id: 'c',
    beat_index,
    downbeat: beat_index === from_beat,
    phase: 'plan',
    hlc: '0000:0000:0001',
    deadline_at: '2026-01-01T00:00:00.000Z',
    tempo_bpm: 120 + beat_index,
    window_id: toWindowId('c', from_beat),
  }
  hearBeat(book, frame, { epoch: 1, leader: 'x', beats_per_bar, late_ms: 0, ...note }, beats_per_bar)
}

const timing = (from_beat: number, drift_ms: number): BarTiming => ({
  from_beat,
  beats: 4,
  drift_ms,
  leader_changes: 0,
})

test('the leader says on the downbeat how late the beats of a bar were; else it is as they were heard', () => {
  const book = makeFactBook()
  expect(driftOf(factsOf(book, 0))).toBe(0)
  for (const beat of [0, 1, 2, 3]) hear(book, beat, { late_ms: beat })
  expect(driftOf(factsOf(book, 0))).toBe(1.5)
  hear(book, 4, { bar: timing(0, 0.123_456) })
  expect(driftOf(factsOf(book, 0))).toBe(0.123)
  for (const beat of [5, 6, 7]) hear(book, beat, {})
  hearAnswer(book, 8, timing(4, -3))
  expect(driftOf(factsOf(book, 4))).toBe(-3)
})

test('a bar knows the last tempo and the changes of its leader, but for the first leader that was heard', () => {
  const book = makeFactBook()
  for (const [beat, epoch] of [1, 1, 2, 2, 3].entries()) hear(book, beat, { epoch })
  expect(factsOf(book, 0)).toMatchObject({ tempo_bpm: 123, leader_changes: 1, frames: 4 })
  expect(factsOf(book, 4)).toMatchObject({ tempo_bpm: 124, leader_changes: 1, frames: 1 })
})

test('of refused claims there is a count and a few examples', () => {
  const book = makeFactBook()
  hearRefused(book, 0, { counts: { claim_state: 2, claim_hlc: 1 }, agents: ['a', 'b'] })
  hearRefused(book, 0, { counts: { claim_state: 7 }, agents: ['b', 'c', 'd', 'e', 'f', 'g'] })
  expect(factsOf(book, 0)).toMatchObject({ refused: 10, refused_agents: ['a', 'b', 'c', 'd', 'e'] })
})

test.each([
  'not JSON',
  'null',
  '{}',
  '{"counts":{"a":-1},"agents":[]}',
  '{"counts":{"a":0.5},"agents":[]}',
  '{"counts":{"a":1},"agents":[7]}',
  '{"counts":{"a":1},"agents":"x"}',
])('what no gateway writes is not counted: %s', (json) => {
  expect(parseRefusedClaims(json)).toBeUndefined()
})

test('bars of long ago are forgotten', () => {
  const book = makeFactBook()
  for (let beat = 0; beat < 4_000; beat++) hear(book, beat, {})
  expect([...book.bars.keys()]).toEqual([3_976, 3_980, 3_984, 3_988, 3_992, 3_996])
})
