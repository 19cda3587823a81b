import { describe, expect, test } from 'vitest'
import { type BarTimings, joinTimings, noteBeat, noteLeaderChange } from '../../src/core/bar-timing.ts'
import { type BeatFrame, makeBeatFrame, type PulseNote } from '../../src/core/beat-frame.ts'
import { step } from '../../src/core/pulse.ts'
import { isLeading, makePulseNode, type PulseEffect, type PulseInput } from '../../src/core/pulse-node.ts'
import type { PulseState } from '../../src/core/pulse-state.ts'
import { toPulseDocument } from '../../src/core/pulse-status.ts'

const wall0_ms = Date.UTC(2026, 0, 1)

type Sent = { at_ms: number; frame: BeatFrame; note: PulseNote }

/** A node whose broker answers at once, in a time that the test moves. */
function makeStage(options: { name?: string; bpm?: number; beats_per_bar?: number } = {}) {
  const node = makePulseNode({
    cluster_id: 'c',
    name: options.name ?? 'a',
    bpm: options.bpm ?? 120,
    beats_per_bar: options.beats_per_bar ?? 4,
    hlc_node: 1,
    version: '1',
  })
  /** What an effect brings about comes after all the effects. */
  const coming: PulseInput[] = []
  const stage = {
    node,
    now_ms: 0,
    /** Wall clock − monotonic clock. */
    offset_ms: wall0_ms,
    /** Without it a write stays open, and a frame is not heard. */
    answers: true,
    echoes: true,
    wake_ms: Number.POSITIVE_INFINITY,
    kept: null as PulseState | null,
    sent: [] as Sent[],
    others: [] as PulseEffect[],
    clock: () => ({ monotonic_ms: stage.now_ms, wall_ms: stage.now_ms + stage.offset_ms }),
    take(input: PulseInput): void {
      coming.push(input)
      if (coming.length > 1) return
      for (let next = coming[0]; next; next = coming[0]) {
        for (const effect of step(node, next, stage.clock())) perform(effect)
        coming.shift()
      }
    },
    /** Goes on to a time; the lease is renewed all along. */
    runTo(end_ms: number, renewed = true): void {
      while (stage.wake_ms <= end_ms) {
        stage.now_ms = Math.max(stage.now_ms + 0.001, stage.wake_ms)
        stage.wake_ms = Number.POSITIVE_INFINITY
        if (renewed) stage.take({ kind: 'renewed', valid_until_ms: stage.now_ms + 1_000 })
        stage.take({ kind: 'tick' })
      }
      stage.now_ms = Math.max(stage.now_ms, end_ms)
    },
    gain(kept: PulseState | null): void {
      stage.kept = kept
      stage.take({ kind: 'gained', kept, valid_until_ms: stage.now_ms + 1_000 })
    },
    indexes: () => stage.sent.map(({ frame }) => frame.beat_index),
    document: () => toPulseDocument(node, stage.clock()),
  }
  const perform = (effect: PulseEffect): void => {
    switch (effect.kind) {
      case 'wake':
        stage.wake_ms = effect.at_ms
        return
      case 'send':
        stage.sent.push({ at_ms: stage.now_ms, frame: effect.frame, note: effect.note })
        if (stage.echoes) stage.take({ kind: 'heard', frame: effect.frame, note: effect.note })
        return
      case 'write':
        if (!stage.answers) return
        stage.kept = effect.state
        stage.take({ kind: 'wrote', id: effect.id, ok: true })
        return
      default:
        stage.others.push(effect)
    }
  }
  return stage
}

const frameOf = (beat_index: number, starts_ms: number, tempo_bpm = 120): BeatFrame =>
  makeBeatFrame({
    cluster_id: 'c',
    beat_index,
    beats_per_bar: 4,
    starts_ms: wall0_ms + starts_ms,
    tempo_bpm,
    hlc: '0000:0000:0000',
    version: '1',
  })

const noteOf = (epoch: number, late_ms = 0): PulseNote => ({ epoch, leader: 'b', beats_per_bar: 4, late_ms })

const keptOf = (more: Partial<PulseState> = {}): PulseState => ({
  schema: 'beacon.pulse_state.v1',
  cluster_id: 'c',
  epoch: 2_000_000_000,
  leader: 'b',
  schedule: { beat: 0, at_ms: wall0_ms, bpm: 120 },
  beats_per_bar: 4,
  tempo_next: null,
  sent_beat: 9,
  last_beat: 11,
  bar: { from_beat: 8, beats: 2, drift_ms: 1, leader_changes: 0 },
  last_bar: { from_beat: 4, beats: 4, drift_ms: 2, leader_changes: 0 },
  ...more,
})

describe('a leader', () => {
  test('sends nothing before its epoch is kept, and then every beat once, on time', () => {
    const stage = makeStage()
    stage.answers = false
    stage.gain(null)
    stage.runTo(900)
    expect(stage.sent).toEqual([])
    const started = makeStage()
    started.gain(null)
    started.runTo(5_250)
    expect(started.indexes()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    for (const { at_ms, frame } of started.sent) expect(at_ms).toBeCloseTo(frame.beat_index * 500, 1)
    expect(started.document()).toMatchObject({
      beat_index: 10,
      phase: 'execute',
      leader: 'a',
      degraded: false,
    })
    expect(started.document()?.jitter_ms?.max).toBeLessThan(0.01)
  })

  test('stops when its lease may have run out, however late it finds out', () => {
    const stage = makeStage()
    stage.gain(null)
    stage.runTo(400)
    stage.now_ms = 60_000
    stage.take({ kind: 'tick' })
    expect(isLeading(stage.node)).toBe(false)
    expect(stage.indexes()).toEqual([0])
    expect(stage.others).toEqual([{ kind: 'release' }])
  })

  test.each<[string, (stage: ReturnType<typeof makeStage>) => void]>([
    [
      'a frame of a higher epoch',
      (stage) => stage.take({ kind: 'heard', frame: frameOf(9, 0), note: noteOf(3e9) }),
    ],
    [
      'a refused write',
      (stage) => stage.take({ kind: 'wrote', id: stage.node.term?.writing?.id ?? 0, ok: false }),
    ],
    ['a stop', (stage) => stage.take({ kind: 'stop' })],
  ])('gives the lease back after %s', (_, end) => {
    const stage = makeStage()
    stage.gain(null)
    stage.answers = false
    stage.runTo(1_100)
    end(stage)
    expect(stage.others).toContainEqual({ kind: 'release' })
    expect(isLeading(stage.node)).toBe(false)
  })

  test('is not moved by a wall clock that steps; only the times that it writes are', () => {
    const stage = makeStage()
    stage.gain(null)
    stage.runTo(1_900)
    stage.offset_ms += 3_600_000
    stage.runTo(3_900)
    stage.offset_ms -= 7_200_000
    stage.runTo(5_900)
    expect(stage.indexes()).toEqual(Array.from({ length: 12 }, (_, beat) => beat))
    for (const { at_ms, frame } of stage.sent) expect(at_ms).toBeCloseTo(frame.beat_index * 500, 1)
    expect(Date.parse(stage.sent[11]?.frame.deadline_at ?? '')).toBeCloseTo(
      wall0_ms - 3_600_000 + 5_667,
      -0.5,
    )
    expect(stage.kept?.schedule.at_ms).toBeCloseTo(wall0_ms - 3_600_000, 0)
  })

  test('sends again, in order and before the next beat, what did not come back while it was cut off', () => {
    const stage = makeStage()
    stage.gain(null)
    stage.runTo(900)
    stage.echoes = false
    stage.runTo(1_100)
    stage.take({ kind: 'connection', up: false })
    stage.runTo(1_900)
    stage.echoes = true
    stage.sent.length = 0
    stage.take({ kind: 'connection', up: true })
    expect(stage.indexes()).toEqual([2, 3])
    expect(stage.sent.map(({ note }) => Math.round(note.late_ms))).toEqual([900, 400])
  })

  test('sends again what did not come back for 300 ms', () => {
    const stage = makeStage()
    stage.echoes = false
    stage.gain(null)
    stage.runTo(850)
    expect(stage.indexes()).toEqual([0, 0, 1, 0, 1])
  })

  test('tells on a downbeat how the bar before it was sent', () => {
    const stage = makeStage()
    stage.gain(null)
    stage.runTo(2_400)
    expect(stage.sent.map(({ note }) => note.bar?.beats)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      4,
    ])
    expect(stage.document()?.last_bar).toMatchObject({ from_beat: 0, beats: 4, leader_changes: 0 })
  })
})

describe('a new leader', () => {
  test('has a higher epoch than any that is kept or was heard', () => {
    const stage = makeStage()
    stage.take({ kind: 'heard', frame: frameOf(10, 5_000), note: noteOf(2_000_000_007) })
    stage.now_ms = 5_600
    stage.gain(keptOf())
    expect(stage.kept?.epoch).toBe(2_000_000_008)
  })

  test('first sends what is missing since the last frame that it heard, marked as late', () => {
    const stage = makeStage()
    stage.now_ms = 5_000
    stage.take({ kind: 'heard', frame: frameOf(10, 5_000), note: noteOf(2_000_000_000) })
    stage.now_ms = 6_300
    stage.gain(keptOf())
    expect(stage.indexes()).toEqual([11, 12])
    expect(stage.sent.map(({ note }) => Math.round(note.late_ms))).toEqual([800, 300])
  })

  test('sends a bar of them at most', () => {
    const stage = makeStage()
    stage.now_ms = 5_000
    stage.take({ kind: 'heard', frame: frameOf(10, 5_000), note: noteOf(2_000_000_000) })
    stage.now_ms = 50_100
    stage.gain(keptOf())
    expect(stage.indexes()).toEqual([97, 98, 99, 100])
  })

  test('goes on by the frames that it heard, though its wall clock differs by an hour', () => {
    const stage = makeStage()
    stage.offset_ms += 3_600_000
    stage.now_ms = 5_001
    stage.take({ kind: 'heard', frame: frameOf(10, 5_000), note: noteOf(2_000_000_000) })
    stage.now_ms = 5_600
    stage.gain(keptOf())
    expect(stage.indexes()).toEqual([11])
    expect(stage.sent[0]?.note.late_ms).toBeCloseTo(99, 1)
  })

  test('that heard nothing goes on by the wall clock', () => {
    const stage = makeStage()
    stage.now_ms = 60_250
    stage.gain(keptOf())
    expect(stage.indexes()).toEqual([117, 118, 119, 120])
    expect(stage.document()?.beat_index).toBe(120)
  })

  test('gives no index again when the wall clock went back', () => {
    const stage = makeStage()
    stage.offset_ms -= 3_600_000
    stage.gain(keptOf())
    stage.runTo(600)
    expect(stage.indexes()).toEqual([10, 11, 12, 13])
    expect(stage.kept?.schedule).toMatchObject({ beat: 12 })
  })

  test('gives no index again that a leader with a wall clock an hour ahead may have sent', () => {
    const stage = makeStage()
    stage.now_ms = 5_000
    stage.gain(keptOf({ sent_beat: 9, last_beat: 7_211 }))
    stage.runTo(6_000)
    expect(stage.indexes().at(-1)).toBeGreaterThan(7_211)
    expect(stage.document()?.beat_index).toBe(7_214)
  })

  test('keeps tempo, a change to come, the bar and its length', () => {
    const stage = makeStage({ bpm: 60, beats_per_bar: 16 })
    stage.now_ms = 5_100
    stage.gain(keptOf({ tempo_next: { bpm: 130, at_beat: 11 } }))
    stage.runTo(6_100)
    expect(stage.sent.map(({ frame }) => [frame.beat_index, frame.tempo_bpm])).toEqual([
      [10, 120],
      [11, 130],
      [12, 130],
    ])
    expect(stage.sent[2]?.note.bar).toMatchObject({ from_beat: 8, beats: 4, leader_changes: 1 })
    expect(stage.document()).toMatchObject({ beats_per_bar: 4, tempo_bpm: 130 })
  })

  test('without a kept state goes on with what it heard', () => {
    const stage = makeStage()
    stage.now_ms = 5_000
    stage.take({ kind: 'heard', frame: frameOf(10, 5_000), note: noteOf(2_000_000_000) })
    stage.now_ms = 5_600
    stage.gain(null)
    expect(stage.indexes()).toEqual([11])
    expect(stage.kept?.epoch).toBe(2_000_000_001)
  })
})

describe('the tempo', () => {
  const leading = () => {
    const stage = makeStage()
    stage.gain(null)
    stage.runTo(1_200)
    return stage
  }
  const answers = (stage: ReturnType<typeof makeStage>) =>
    stage.others.flatMap((effect) => (effect.kind === 'answer' ? [effect] : []))

  test('changes at a beat, which the kept state knew before', () => {
    const stage = leading()
    stage.take({ kind: 'tempo', id: 1, bpm: 130 })
    expect(answers(stage)).toMatchObject([{ id: 1, answer: { ok: true, value: { tempo_bpm: 120 } } }])
    expect(stage.kept?.tempo_next?.bpm).toBe(130)
    const at_beat = stage.kept?.tempo_next?.at_beat ?? 0
    expect(stage.document()?.tempo_next).toEqual({ bpm: 130, at_beat })
    stage.runTo(5_000)
    const of = (beat: number) => stage.sent.find(({ frame }) => frame.beat_index === beat)
    expect(of(at_beat - 1)?.frame.tempo_bpm).toBe(120)
    expect(of(at_beat)).toMatchObject({ frame: { tempo_bpm: 130 } })
    expect(of(at_beat)?.at_ms).toBeCloseTo(at_beat * 500, 1)
    expect(of(at_beat + 1)?.at_ms).toBeCloseTo(at_beat * 500 + 60_000 / 130, 1)
  })

  test('of several changes before a beat the last one counts, each measured against the tempo in force', () => {
    const stage = leading()
    for (const [id, bpm] of [132, 140, 110].entries()) stage.take({ kind: 'tempo', id, bpm })
    expect(answers(stage).map(({ answer }) => answer.ok)).toEqual([true, false, true])
    stage.runTo(5_000)
    expect(stage.document()).toMatchObject({ tempo_bpm: 110, tempo_next: null })
  })

  test('asked for as it is, takes a waiting change back', () => {
    const stage = leading()
    stage.take({ kind: 'tempo', id: 1, bpm: 130 })
    stage.take({ kind: 'tempo', id: 2, bpm: 120 })
    expect(stage.document()?.tempo_next).toBeNull()
    stage.runTo(5_000)
    expect(stage.document()?.tempo_bpm).toBe(120)
  })

  test('a request that meets a change which can no longer be taken back waits for it', () => {
    const stage = leading()
    stage.take({ kind: 'tempo', id: 1, bpm: 130 })
    const starts_ms = (stage.kept?.tempo_next?.at_beat ?? 0) * 500
    stage.runTo(starts_ms - 10)
    stage.take({ kind: 'tempo', id: 2, bpm: 143 })
    expect(answers(stage)).toHaveLength(1)
    stage.runTo(starts_ms + 10)
    expect(answers(stage)).toMatchObject([{ id: 1 }, { id: 2, answer: { ok: true } }])
    stage.runTo(starts_ms + 5_000)
    expect(stage.document()?.tempo_bpm).toBe(143)
  })

  test('is not answered before it is kept, and with a refusal when the lease is lost first', () => {
    const stage = leading()
    stage.answers = false
    stage.take({ kind: 'tempo', id: 1, bpm: 130 })
    expect(answers(stage)).toEqual([])
    stage.take({ kind: 'lost' })
    expect(answers(stage)).toMatchObject([{ id: 1, answer: { ok: false, error: { reason: 'not_leading' } } }])
  })

  test('is answered by nobody who does not lead', () => {
    const stage = makeStage()
    stage.take({ kind: 'tempo', id: 1, bpm: 130 })
    expect(stage.others).toEqual([])
  })
})

describe('a follower', () => {
  test('counts on by itself, and says that it does', () => {
    const stage = makeStage()
    expect(stage.document()).toBeUndefined()
    stage.now_ms = 5_001
    stage.take({ kind: 'heard', frame: frameOf(10, 5_000), note: noteOf(7) })
    expect(stage.document()).toMatchObject({
      beat_index: 10,
      leader: 'b',
      epoch: 7,
      degraded: false,
      jitter_ms: null,
    })
    stage.now_ms = 10_100
    expect(stage.document()).toMatchObject({ beat_index: 20, degraded: true })
  })
})

describe('the timing of a bar', () => {
  test('is told to the microsecond, in a frame and in the status', () => {
    const stage = makeStage()
    stage.gain(null)
    for (let beat = 1; beat <= 4; beat++) {
      stage.now_ms = beat * 500 + 0.10050400000000081
      stage.take({ kind: 'renewed', valid_until_ms: stage.now_ms + 1_000 })
    }
    const { last_bar, jitter_ms } = stage.document() ?? {}
    expect(stage.node.term?.timings.last_bar?.drift_ms).not.toBe(0.075)
    expect(stage.sent.at(-1)?.note.bar).toEqual({
      from_beat: 0,
      beats: 4,
      drift_ms: 0.075,
      leader_changes: 0,
    })
    expect(last_bar?.drift_ms).toBe(0.075)
    expect(jitter_ms).toEqual({ p50: 0.101, p95: 0.101, p99: 0.101, max: 0.101 })
  })

  test('is the mean of its beats, and that of the bar before stays', () => {
    const timings: BarTimings = { bar: null, last_bar: null }
    for (const [beat, late_ms] of [4, 2, 0, 10].entries()) noteBeat(timings, beat, late_ms, 4)
    noteLeaderChange(timings, 4, 4)
    noteBeat(timings, 4, 7, 4)
    noteBeat(timings, 3, 1_000, 4)
    expect(timings).toEqual({
      bar: { from_beat: 4, beats: 1, drift_ms: 7, leader_changes: 1 },
      last_bar: { from_beat: 0, beats: 4, drift_ms: 4, leader_changes: 0 },
    })
  })

  test('of two that know the same bar, the one that counted more of its beats is believed', () => {
    const bar = (from_beat: number, beats: number) => ({
      from_beat,
      beats,
      drift_ms: beats,
      leader_changes: 0,
    })
    const joined = joinTimings(
      { bar: bar(8, 1), last_bar: bar(4, 4) },
      { bar: bar(8, 2), last_bar: bar(4, 3) },
    )
    expect(joined).toEqual({ bar: bar(8, 2), last_bar: bar(4, 4) })
    expect(joinTimings({ bar: bar(4, 2), last_bar: null }, { bar: bar(8, 1), last_bar: bar(4, 4) })).toEqual({
      bar: bar(8, 1),
      last_bar: bar(4, 4),
    })
  })
})
