import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeBeatFrame, parseBeatFrame, parsePulseNote } from '../../src/core/beat-frame.ts'

const beat = {
  cluster_id: 'beacon',
  beat_index: 240,
  beats_per_bar: 120,
  starts_ms: Date.UTC(2026, 0, 1),
  tempo_bpm: 120,
  hlc: '0001:0002:0003',
  version: '1.0.0',
}
const frame = makeBeatFrame(beat)
const note = { epoch: 7, leader: 'a/1', beats_per_bar: 120, late_ms: 0.25 }
const bar = { from_beat: 120, beats: 120, drift_ms: -0.5, leader_changes: 1 }

describe('a frame', () => {
  test('opens its beat with the phase plan, which ends after a third', () => {
    expect(frame).toMatchObject({
      type: 'backbeat.beatframe.v1',
      beat_index: 240,
      downbeat: true,
      phase: 'plan',
      deadline_at: '2026-01-01T00:00:00.167Z',
    })
    expect(makeBeatFrame({ ...beat, beat_index: 241 }).downbeat).toBe(false)
  })

  test('what is made can be parsed, for every beat', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 48 }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 1, max: 10_000 }),
        (beat_index, beats_per_bar, tenths) => {
          const made = makeBeatFrame({ ...beat, beat_index, beats_per_bar, tempo_bpm: tenths / 10 })
          expect(parseBeatFrame(JSON.parse(JSON.stringify(made)))).toEqual({ ok: true, value: made })
        },
      ),
    )
  })

  test('`execution` is read as `execute`', () => {
    expect(parseBeatFrame({ ...frame, phase: 'execution' })).toMatchObject({ value: { phase: 'execute' } })
  })

  test('metadata is optional', () => {
    const { metadata: _, ...bare } = frame
    expect(parseBeatFrame(bare)).toEqual({ ok: true, value: bare })
    const metadata = { pulse_version: '2', cluster_health: { any: ['thing'] }, expected_agents: 3 }
    expect(parseBeatFrame({ ...frame, metadata })).toMatchObject({ ok: true })
  })

  test.each([
    ['type', 'backbeat.beatframe.v2'],
    ['cluster_id', ''],
    ['cluster_id', 'a.b'],
    ['cluster_id', 'x'.repeat(65)],
    ['beat_index', -1],
    ['beat_index', 1.5],
    ['beat_index', '1'],
    ['beat_index', 2 ** 53],
    ['downbeat', 1],
    ['phase', 'rest'],
    ['hlc', '1:2:3'],
    ['hlc', 7],
    ['deadline_at', '2026-13-01T00:00:00Z'],
    ['deadline_at', 0],
    ['tempo_bpm', 0],
    ['tempo_bpm', 1_000.1],
    ['tempo_bpm', 120.05],
    ['tempo_bpm', '120'],
    ['window_id', 'ABCDEF0123456789ABCDEF0123456789'],
    ['window_id', '00'],
    ['metadata', null],
    ['metadata', { extra: 1 }],
    ['metadata', { expected_agents: -1 }],
    ['epoch', 7],
    ['__proto__', { beat_index: 1 }],
  ])('with %s %j is refused, and the field is named', (field, value) => {
    const text = JSON.stringify({ ...frame, [field]: undefined })
    const parsed = parseBeatFrame(
      JSON.parse(`${text.slice(0, -1)},${JSON.stringify(field)}:${JSON.stringify(value)}}`),
    )
    expect(parsed).toMatchObject({ ok: false, error: { field } })
  })

  test.each(Object.keys(frame).filter((field) => field !== 'metadata'))('without %s is refused', (field) => {
    expect(parseBeatFrame({ ...frame, [field]: undefined })).toMatchObject({ ok: false, error: { field } })
  })

  test('anything at all is parsed without a throw', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(parseBeatFrame(value).ok).toBe(false)
        expect(parsePulseNote(value).ok).toBe(false)
      }),
    )
  })
})

describe('a note', () => {
  test('is read, and what a later version adds is left out', () => {
    expect(parsePulseNote({ ...note, more: 1 })).toEqual({ ok: true, value: note })
    expect(parsePulseNote({ ...note, bar: { ...bar, more: 1 } })).toEqual({
      ok: true,
      value: { ...note, bar },
    })
  })

  test.each([
    ['epoch', -1],
    ['epoch', '7'],
    ['leader', ''],
    ['leader', 'x'.repeat(257)],
    ['leader', null],
    ['beats_per_bar', 0],
    ['late_ms', -1],
    ['late_ms', null],
    ['bar', null],
    ['bar', { ...bar, drift_ms: null }],
    ['bar', { ...bar, beats: -1 }],
  ])('with %s %j is refused', (field, value) => {
    expect(parsePulseNote({ ...note, [field]: value })).toMatchObject({ ok: false, error: { field } })
  })
})
