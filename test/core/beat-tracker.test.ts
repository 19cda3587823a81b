import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toWindowId } from '../../src/core/beat.ts'
import { type BeatFrame, makeBeatFrame } from '../../src/core/beat-frame.ts'
import {
  type BeatTracker,
  beatAtTime,
  beatNow,
  type Clock,
  endOf,
  hearFrame,
  hearStatus,
  isDegraded,
  makeBeatTracker,
} from '../../src/core/beat-tracker.ts'
import type { PulseDocument } from '../../src/core/pulse-document.ts'

/** In these tests the leader's beat 0 starts at 0 of its monotonic clock, and of ours. */
const wall0_ms = Date.UTC(2026, 0, 1)
const hour_ms = 3_600_000

const clockAt = (monotonic_ms: number, skew_ms = 0): Clock => ({
  monotonic_ms,
  wall_ms: wall0_ms + monotonic_ms + skew_ms,
})

type Sent = { late_ms?: number; epoch?: number; leader?: string; bpm?: number; starts_ms?: number }

/** Hears a frame `delay_ms` after it was sent, by a wall clock that is `skew_ms` off the leader's. */
function hear(tracker: BeatTracker, beat: number, sent: Sent = {}, delay_ms = 1, skew_ms = 0) {
  const { late_ms = 0, epoch = 1, leader = `l${epoch}`, bpm = 120, starts_ms = (beat * 60_000) / bpm } = sent
  const frame = frameOf(beat, wall0_ms + starts_ms, bpm)
  const note = { epoch, leader, beats_per_bar: 4, late_ms }
  return hearFrame(tracker, frame, note, clockAt(starts_ms + late_ms + delay_ms, skew_ms))
}

const frameOf = (beat_index: number, starts_ms: number, tempo_bpm: number): BeatFrame =>
  makeBeatFrame({
    cluster_id: 'c',
    beat_index,
    beats_per_bar: 4,
    starts_ms,
    tempo_bpm,
    hlc: '0000:0000:0000',
    version: '1',
  })

const indexAt = (tracker: BeatTracker, monotonic_ms: number) =>
  beatNow(tracker, clockAt(monotonic_ms))?.beat_index

describe('frames', () => {
  test('before any, nothing is known', () => {
    const tracker = makeBeatTracker('c')
    expect(beatNow(tracker, clockAt(0))).toBeUndefined()
    expect(beatAtTime(tracker, 0, clockAt(0))).toBeUndefined()
    expect(endOf(tracker, 0, clockAt(0))).toBeUndefined()
  })

  test('are taken in growing order, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 50 }), fc.nat({ max: 3 })), { maxLength: 100 }),
        (frames) => {
          const tracker = makeBeatTracker('c')
          let last = -1
          let highest = 0
          for (const [beat, epoch] of frames) {
            const heard = hear(tracker, beat, { epoch })
            if (heard === 'taken') {
              expect(beat).toBeGreaterThan(last)
              expect(epoch).toBe(Math.max(highest, epoch))
              last = beat
            }
            highest = Math.max(highest, epoch)
          }
          expect(tracker.taken).toBe(last)
        },
      ),
    )
  })

  test('of a leader that is none any more are void, also when only repeated beats told of the new one', () => {
    const tracker = makeBeatTracker('c')
    hear(tracker, 5, { epoch: 3 })
    expect(hear(tracker, 5, { epoch: 4 })).toBe('repeated')
    expect(hear(tracker, 6, { epoch: 3 })).toBe('fenced')
    expect(hear(tracker, 6, { epoch: 4 })).toBe('taken')
  })

  test('of two leaders of one epoch the first is followed', () => {
    const tracker = makeBeatTracker('c')
    hear(tracker, 5, { epoch: 3, leader: 'a' })
    expect(hear(tracker, 6, { epoch: 3, leader: 'b' })).toBe('fenced')
  })

  test('of another cluster, or with the window of another beat, change nothing', () => {
    const tracker = makeBeatTracker('c')
    const note = { epoch: 1, leader: 'a', beats_per_bar: 4, late_ms: 0 }
    const frame = frameOf(1, wall0_ms, 120)
    expect(hearFrame(tracker, { ...frame, cluster_id: 'd' }, note, clockAt(0))).toBe('foreign')
    const wrong = [
      { ...frame, window_id: toWindowId('c', 4) },
      { ...frame, downbeat: true },
    ]
    for (const each of wrong)
      expect(hearFrame(tracker, each, { ...note, epoch: 9 }, clockAt(0))).toBe('inconsistent')
    expect(tracker).toEqual(makeBeatTracker('c'))
  })
})

describe('the beat', () => {
  test('starts when it was due, not when the frame came, if the wall clocks agree', () => {
    const tracker = makeBeatTracker('c')
    hear(tracker, 8, {}, 120)
    expect(beatNow(tracker, clockAt(4_200))).toMatchObject({
      beat_index: 8,
      downbeat: true,
      phase: 'execute',
      from_beat: 8,
      to_beat: 11,
      window_id: toWindowId('c', 8),
    })
    expect(beatNow(tracker, clockAt(4_200))?.starts_ms).toBeCloseTo(wall0_ms + 4_000, -0.5)
  })

  test('starts with the earliest of the last frames, however much the wall clocks differ', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 5, max: 240 }), { minLength: 7, maxLength: 7 }),
        fc.constantFrom(hour_ms, -hour_ms, 3_000, -3_000),
        (delays, skew_ms) => {
          const tracker = makeBeatTracker('c')
          for (const [beat, delay_ms] of delays.entries()) hear(tracker, beat, {}, delay_ms, skew_ms)
          const starts_ms = beatNow(tracker, clockAt(3_001, skew_ms))?.starts_ms ?? 0
          const off_ms = starts_ms - (wall0_ms + skew_ms + 3_000)
          expect(off_ms).toBeCloseTo(Math.min(...delays), 3)
        },
      ),
    )
  })

  test('is not moved by frames that are sent late to catch up', () => {
    const tracker = makeBeatTracker('c')
    hear(tracker, 0, {}, 1, hour_ms)
    for (const beat of [1, 2, 3, 4])
      hear(tracker, beat, { epoch: 2, late_ms: 2_100 - beat * 500 }, 2, hour_ms)
    expect(beatNow(tracker, clockAt(2_200, hour_ms))?.beat_index).toBe(4)
    expect(beatNow(tracker, clockAt(2_510, hour_ms))?.beat_index).toBe(5)
    expect(beatNow(tracker, clockAt(2_499, hour_ms))?.beat_index).toBe(5)
  })

  test('is not moved by a wall clock that steps by an hour', () => {
    const tracker = makeBeatTracker('c')
    for (const [beat, skew_ms] of [0, 0, hour_ms, hour_ms, -hour_ms, 0].entries()) {
      hear(tracker, beat, {}, 1, skew_ms)
      const now = beatNow(tracker, clockAt(beat * 500 + 250, skew_ms))
      expect(now?.beat_index).toBe(beat)
      expect((now?.ends_ms ?? 0) - (wall0_ms + skew_ms)).toBeCloseTo(beat * 500 + 500, -1)
    }
  })

  test('goes on at the tempo of the last frame while none come, and says so after two beats', () => {
    const tracker = makeBeatTracker('c')
    hear(tracker, 3)
    expect(isDegraded(tracker, clockAt(2_501))).toBe(false)
    expect(isDegraded(tracker, clockAt(2_502))).toBe(true)
    expect(beatNow(tracker, clockAt(60_250))).toMatchObject({
      beat_index: 120,
      degraded: true,
      window_id: toWindowId('c', 120),
    })
  })

  test('never goes back when the leader is heard again, and the drift is told', () => {
    const tracker = makeBeatTracker('c')
    hear(tracker, 0)
    expect(indexAt(tracker, 5_200)).toBe(10)
    // The leader is 700 ms behind this count: its beat 9 starts at 5,200 by our clock.
    hear(tracker, 9, { starts_ms: 5_200, epoch: 2 })
    expect(tracker.drift_ms).toBeLessThan(0)
    expect(indexAt(tracker, 5_210)).toBe(10)
    expect(isDegraded(tracker, clockAt(5_210))).toBe(false)
  })

  test('is behind when the leader is further: positive drift, and forward at once', () => {
    const tracker = makeBeatTracker('c')
    hear(tracker, 0)
    hear(tracker, 20, { starts_ms: 5_000, epoch: 2 })
    expect(tracker.drift_ms).toBeCloseTo(5_000, 0)
    expect(indexAt(tracker, 5_100)).toBe(20)
  })

  test('is known from a status before the first frame, at any tempo', () => {
    const tracker = makeBeatTracker('c')
    hearStatus(tracker, statusOf({}), clockAt(1_000_000))
    expect(beatNow(tracker, clockAt(1_000_000))).toMatchObject({
      beat_index: 7,
      progress: 0.5,
      beats_per_bar: 4,
      from_beat: 4,
      epoch: 5,
      leader: 'a',
      degraded: false,
    })
    expect(indexAt(tracker, 1_300_001)).toBe(8)
    expect(hear(tracker, 6, { epoch: 4 })).toBe('fenced')
  })

  test('a status of another cluster, or after a frame, changes nothing', () => {
    const tracker = makeBeatTracker('c')
    hearStatus(tracker, statusOf({ cluster_id: 'd' }), clockAt(0))
    expect(tracker).toEqual(makeBeatTracker('c'))
    hear(tracker, 1)
    hearStatus(tracker, statusOf({}), clockAt(600))
    expect(indexAt(tracker, 600)).toBe(1)
  })
})

describe('the past', () => {
  test('a change of tempo in between is counted right', () => {
    const tracker = makeBeatTracker('c')
    for (const beat of [0, 1, 2, 3]) hear(tracker, beat)
    const slow = 109.1
    const length_ms = 60_000 / slow
    for (const beat of [4, 5, 6])
      hear(tracker, beat, { bpm: slow, starts_ms: 2_000 + (beat - 4) * length_ms })
    const now = clockAt(4_000)
    const at = (ms: number) => beatAtTime(tracker, ms, now)?.beat_index
    expect([10, 510, 1_990, 2_010, 2_000 + length_ms - 10, 2_000 + length_ms + 10].map(at)).toEqual([
      0, 1, 3, 4, 4, 5,
    ])
    expect(beatAtTime(tracker, 1_600, now)?.tempo_bpm).toBe(120)
    expect(endOf(tracker, 3, now)).toBeCloseTo(wall0_ms + 2_000, -1)
    expect(endOf(tracker, 4, now)).toBeCloseTo(wall0_ms + 2_000 + length_ms, -1)
    expect(endOf(tracker, 20, now)).toBeCloseTo(wall0_ms + 2_000 + 17 * length_ms, -1)
  })

  test('each moment is within the beat that is told for it, through any changes of tempo', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 600, max: 3_000 }), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (tenths, share) => {
          const tracker = makeBeatTracker('c')
          let starts_ms = 0
          for (const [beat, each] of tenths.entries()) {
            hear(tracker, beat, { bpm: each / 10, starts_ms }, 0)
            starts_ms += 600_000 / each
          }
          const now = clockAt(starts_ms)
          const at_ms = share * starts_ms
          const beat = beatAtTime(tracker, at_ms, now)
          const end_ms = endOf(tracker, beat?.beat_index ?? -1, now) ?? 0
          expect(end_ms).toBeGreaterThan(wall0_ms + at_ms - 2)
          expect(beat?.starts_ms).toBeLessThan(wall0_ms + at_ms + 2)
        },
      ),
    )
  })
})

const statusOf = (more: Partial<PulseDocument>): PulseDocument => ({
  schema: 'beacon.pulse.v1',
  cluster_id: 'c',
  beat_index: 7,
  phase: 'execute',
  downbeat: false,
  window_id: toWindowId('c', 4),
  from_beat: 4,
  to_beat: 7,
  beats_per_bar: 4,
  tempo_bpm: 0.1,
  tempo_next: null,
  tempo_min_bpm: 0.1,
  tempo_max_bpm: 0.2,
  // Half of the beat's ten minutes are over, by a wall clock that is of no matter.
  beat_at: '2031-05-05T10:00:00.000Z',
  deadline_at: '2031-05-05T10:06:40.000Z',
  ends_at: '2031-05-05T10:10:00.000Z',
  at: '2031-05-05T10:05:00.000Z',
  leader: 'a',
  epoch: 5,
  degraded: false,
  drift_ms: 0,
  jitter_ms: null,
  last_bar: null,
  ...more,
})
