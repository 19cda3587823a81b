// The BeatFrame `backbeat.beatframe.v1` and what Beacon says beside it in the header `Beacon-Pulse`.

import { barOf, type Phase, phaseEnd, phases, toWindowId } from './beat.ts'
import type { Json } from './event.ts'
import { parseHlcWire } from './hlc-wire.ts'
import { err, ok, type Result } from './result.ts'
import { isRfc3339 } from './rfc3339.ts'
import { toTempo } from './tempo.ts'

export const beatFrameType = 'backbeat.beatframe.v1'
export const pulseHeader = 'Beacon-Pulse'

/** As on the wire; nothing but these fields. */
export type BeatFrame = {
  type: typeof beatFrameType
  /** `^[A-Za-z0-9_-]+$`, at most 64. */
  cluster_id: string
  beat_index: number
  /** The first beat of its bar. */
  downbeat: boolean
  /** Always `plan` in frames of Beacon's. */
  phase: Phase
  /** Wire form `hhhh:hhhh:hhhh`. */
  hlc: string
  /** RFC 3339: the end of `phase`. The beat's start and its other phases follow from it and the tempo. */
  deadline_at: string
  tempo_bpm: number
  /** 32 hex digits. */
  window_id: string
  metadata?: { pulse_version?: string; cluster_health?: Json; expected_agents?: number }
}

/** JSON in the header `Beacon-Pulse` of each frame. */
export type PulseNote = {
  /** Of the leader that sent it; frames of a lower epoch than one already heard are void. */
  epoch: number
  /** Name of the leader. */
  leader: string
  beats_per_bar: number
  /** Sent so long after the beat's scheduled start, in milliseconds, with decimals. */
  late_ms: number
  /** On a downbeat: the bar that ended. */
  bar?: BarTiming
}

/** How a bar's beats were sent. */
export type BarTiming = {
  from_beat: number
  /** Frames sent. */
  beats: number
  /** Mean of actual − scheduled start; positive is behind. */
  drift_ms: number
  leader_changes: number
}

/** The frame that opens a beat, which starts at `starts_ms` of the sender's wall clock. `hlc` is in the wire form. */
export function makeBeatFrame(beat: {
  cluster_id: string
  beat_index: number
  beats_per_bar: number
  starts_ms: number
  tempo_bpm: number
  hlc: string
  version: string
}): BeatFrame {
  const { from_beat } = barOf(beat.beat_index, beat.beats_per_bar)
  return {
    type: beatFrameType,
    cluster_id: beat.cluster_id,
    beat_index: beat.beat_index,
    downbeat: beat.beat_index === from_beat,
    phase: 'plan',
    hlc: beat.hlc,
    deadline_at: new Date(Math.round(beat.starts_ms + phaseEnd('plan', beat.tempo_bpm))).toISOString(),
    tempo_bpm: beat.tempo_bpm,
    window_id: toWindowId(beat.cluster_id, from_beat),
    metadata: { pulse_version: beat.version },
  }
}

/** What is wrong with a frame or a note. `field` is empty when the whole is meant. */
export type FrameIssue = { field: string; message: string }

/** Strict: all the required fields and no other. `execution` is read as `execute`. */
export function parseBeatFrame(value: unknown): Result<BeatFrame, FrameIssue> {
  const issue = findIssue(value, '', frameRules, ['metadata'])
  if (issue) return err(issue)
  const frame = value as BeatFrame
  const tempo_bpm = toTempo(frame.tempo_bpm) ?? frame.tempo_bpm
  const phase = (frame.phase as string) === 'execution' ? 'execute' : frame.phase
  return ok({ ...frame, tempo_bpm, phase })
}

/** Unknown fields are left out: a later version may say more. */
export function parsePulseNote(value: unknown): Result<PulseNote, FrameIssue> {
  const issue = findIssue(pick(value, noteRules), '', noteRules, ['bar'])
  if (issue) return err(issue)
  const { epoch, leader, beats_per_bar, late_ms, bar } = value as PulseNote
  const note = { epoch, leader, beats_per_bar, late_ms }
  if (bar === undefined) return ok(note)
  const { from_beat, beats, drift_ms, leader_changes } = bar
  return ok({ ...note, bar: { from_beat, beats, drift_ms, leader_changes } })
}

/** Whether a value fits, and what it must be. */
type Rule = readonly [fits: (value: unknown) => boolean, must: string]
type Rules = Readonly<Record<string, Rule>>

const matches =
  (form: RegExp) =>
  (value: unknown): boolean =>
    typeof value === 'string' && form.test(value)
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const whole: Rule = [isWhole, 'must be a whole number of at least 0']
const milliseconds: Rule = [Number.isFinite, 'must be milliseconds']

const frameRules: Rules = {
  type: [(value) => value === beatFrameType, `must be ${beatFrameType}`],
  cluster_id: [matches(/^[A-Za-z0-9_-]{1,64}$/), 'must be 1–64 letters, digits, _ or -'],
  beat_index: whole,
  downbeat: [(value) => typeof value === 'boolean', 'must be true or false'],
  phase: [
    (value) => value === 'execution' || phases.some((phase) => phase === value),
    `must be one of ${phases.join(', ')}`,
  ],
  hlc: [
    (value) => typeof value === 'string' && parseHlcWire(value) !== undefined,
    'must be of the form hhhh:hhhh:hhhh, in hex digits',
  ],
  deadline_at: [(value) => typeof value === 'string' && isRfc3339(value), 'must be an RFC 3339 time'],
  tempo_bpm: [
    (value) => typeof value === 'number' && toTempo(value) !== undefined,
    'must be from 0.1 to 1000, in steps of 0.1',
  ],
  window_id: [matches(/^[0-9a-f]{32}$/), 'must be 32 hex digits'],
  metadata: [
    (value) => findIssue(value, 'metadata', metadataRules, Object.keys(metadataRules)) === undefined,
    'may hold pulse_version (a text), cluster_health and expected_agents (a whole number), nothing else',
  ],
}

const metadataRules: Rules = {
  pulse_version: [(value) => typeof value === 'string', 'must be a text'],
  cluster_health: [() => true, ''],
  expected_agents: whole,
}

const barRules: Rules = { from_beat: whole, beats: whole, drift_ms: milliseconds, leader_changes: whole }

const noteRules: Rules = {
  epoch: whole,
  leader: [
    (value) => typeof value === 'string' && value !== '' && value.length <= 256,
    'must be a name of 1–256 characters',
  ],
  beats_per_bar: [(value) => isWhole(value) && value !== 0, 'must be a whole number of at least 1'],
  late_ms: [(value) => Number.isFinite(value) && (value as number) >= 0, 'must be milliseconds, at least 0'],
  bar: [
    (value) => findIssue(pick(value, barRules), 'bar', barRules, []) === undefined,
    'must hold from_beat, beats, drift_ms and leader_changes',
  ],
}

function findIssue(
  value: unknown,
  name: string,
  rules: Rules,
  optional: readonly string[],
): FrameIssue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { field: name, message: `${name || 'this'} must be a JSON object` }
  const fields = value as Record<string, unknown>
  const unknown = Object.keys(fields).find((field) => !Object.hasOwn(rules, field))
  if (unknown !== undefined) return { field: unknown, message: `${unknown} is no field of it` }
  for (const [field, [fits, must]] of Object.entries(rules)) {
    const given = Object.hasOwn(fields, field) ? fields[field] : undefined
    if (given === undefined && !optional.includes(field)) return { field, message: `${field} is missing` }
    if (given !== undefined && !fits(given)) return { field, message: `${field} ${must}` }
  }
  return undefined
}

/** Only the fields that have a rule. */
function pick(value: unknown, rules: Rules): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([field]) => Object.hasOwn(rules, field)))
}
