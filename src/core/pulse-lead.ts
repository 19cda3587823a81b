// What a node does while it holds the lease: keeps its state, sends the frames that are due, changes the tempo.

import { joinTimings, roundToMicros, toToldTiming } from './bar-timing.ts'
import { makeBeatFrame } from './beat-frame.ts'
import type { Clock } from './beat-tracker.ts'
import { tick } from './hlc.ts'
import { toHlcWire } from './hlc-wire.ts'
import { beatToAllow, type DueBeat, needsAllowance, takeDueBeats, wakeAt } from './pulse-due.ts'
import type { PulseEffect, PulseNode, Term } from './pulse-node.ts'
import { presentBeat, resume } from './pulse-resume.ts'
import { type PulseState, pulseStateSchema } from './pulse-state.ts'
import { toTempoDocument } from './pulse-status.ts'
import { err, ok } from './result.ts'
import { checkTempoChange } from './tempo.ts'

/** A wall clock that went so far from the monotonic one is written down at once. */
const stepMin_ms = 50

export function beginTerm(
  node: PulseNode,
  kept: PulseState | null,
  valid_until_ms: number,
  clock: Clock,
): Term {
  return {
    ...resume(node, kept, clock),
    // Seconds, so that epochs grow also when the broker lost what was kept.
    epoch: Math.max((kept?.epoch ?? 0) + 1, node.tracker.epoch + 1, Math.floor(clock.wall_ms / 1_000)),
    valid_until_ms,
    confirmed: false,
    sent_at_ms: 0,
    own_beat: 0,
    writing: null,
    stale: true,
    offset_ms: 0,
    requests: [],
    answers: [],
    lateness_ms: [],
  }
}

export function endTerm(node: PulseNode, effects: PulseEffect[]): void {
  const { term } = node
  if (!term) return
  node.term = null
  node.timings = joinTimings(term.timings, node.timings)
  const message = 'this node ceased to lead before the change was kept: ask again'
  for (const { id } of [...term.answers, ...term.requests])
    effects.push({ kind: 'answer', id, answer: err({ reason: 'not_leading', message }) })
}

/** The state with the number `id` is kept. */
export function noteKept(node: PulseNode, term: Term, now_ms: number, effects: PulseEffect[]): void {
  if (!term.writing) return
  const { id, last_beat } = term.writing
  term.writing = null
  term.last_beat = last_beat
  if (!term.confirmed) {
    term.confirmed = true
    // The leader before may have been heard until now.
    term.next_beat = Math.max(term.next_beat, node.tracker.taken + 1)
    term.sent_beat = Math.max(term.sent_beat, node.tracker.taken)
    term.sent_before = term.sent_beat
    term.own_beat = presentBeat(term, now_ms) + 1
  }
  const kept = term.answers.filter(({ write }) => write <= id)
  term.answers = term.answers.filter(({ write }) => write > id)
  const answer = ok(toTempoDocument(node.options.cluster_id, term))
  for (const each of kept) effects.push({ kind: 'answer', id: each.id, answer })
}

/** Whatever is to be done now. */
export function lead(node: PulseNode, term: Term, clock: Clock, effects: PulseEffect[]): void {
  const now_ms = clock.monotonic_ms
  if (term.confirmed) {
    const due = node.connected ? takeDueBeats(term, node.tracker, now_ms) : []
    for (const beat of due) send(node, term, beat, clock, effects)
    takeRequests(node, term, effects)
  }
  const stepped = Math.abs(clock.wall_ms - now_ms - term.offset_ms) > stepMin_ms
  if (!term.writing && (term.stale || stepped || needsAllowance(term, now_ms)))
    write(node, term, clock, effects)
  effects.push({ kind: 'wake', at_ms: wakeAt(node, term) })
}

function send(node: PulseNode, term: Term, beat: DueBeat, clock: Clock, effects: PulseEffect[]): void {
  const { cluster_id, name, hlc_node, version } = node.options
  const { beat_index, starts_ms, bpm, late_ms, bar } = beat
  const { beats_per_bar, epoch } = term
  node.hlc = tick(node.hlc, Math.floor(clock.wall_ms))
  const frame = makeBeatFrame({
    cluster_id,
    beat_index,
    beats_per_bar,
    starts_ms: starts_ms + clock.wall_ms - clock.monotonic_ms,
    tempo_bpm: bpm,
    hlc: toHlcWire(node.hlc, hlc_node),
    version,
  })
  const note = { epoch, leader: name, beats_per_bar, late_ms: roundToMicros(late_ms) }
  effects.push({ kind: 'send', frame, note: bar ? { ...note, bar: toToldTiming(bar) } : note })
}

function write(node: PulseNode, term: Term, clock: Clock, effects: PulseEffect[]): void {
  const { cluster_id, name } = node.options
  const { schedule, sent_before, sent_beat, timings } = term
  const offset_ms = clock.wall_ms - clock.monotonic_ms
  const writing = { id: ++node.writes, last_beat: beatToAllow(term, clock.monotonic_ms) }
  Object.assign(term, { writing, offset_ms, stale: false })
  const state: PulseState = {
    schema: pulseStateSchema,
    cluster_id,
    epoch: term.epoch,
    leader: name,
    schedule: { ...schedule, at_ms: schedule.at_ms + offset_ms },
    beats_per_bar: term.beats_per_bar,
    tempo_next: term.tempo_next,
    // What did not come back may never have left.
    sent_beat: Math.max(sent_before, Math.min(sent_beat, node.tracker.taken)),
    last_beat: writing.last_beat,
    bar: timings.bar && { ...timings.bar },
    last_bar: timings.last_bar,
  }
  effects.push({ kind: 'write', id: writing.id, state })
}

/**
 * A change is measured against the tempo in force. Of several that wait for the same beat the last one counts. It takes
 * the first beat that no kept state allows yet, so whoever leads then knows of it.
 */
function takeRequests(node: PulseNode, term: Term, effects: PulseEffect[]): void {
  const allowed = Math.max(term.last_beat, term.writing?.last_beat ?? -1)
  // A change that is allowed already is waited for: it is the tempo that the next one is measured against.
  while (term.requests.length > 0 && (term.tempo_next?.at_beat ?? allowed + 1) > allowed) {
    const { id, bpm } = term.requests.shift() as { id: number; bpm: unknown }
    const checked = checkTempoChange(term.schedule.bpm, bpm)
    if (!checked.ok) {
      effects.push({ kind: 'answer', id, answer: err({ reason: 'invalid', message: checked.error }) })
      continue
    }
    const changes = checked.value !== term.schedule.bpm
    term.tempo_next = changes ? { bpm: checked.value, at_beat: allowed + 1 } : null
    term.stale = true
    term.answers.push({ id, write: node.writes + 1 })
  }
}
