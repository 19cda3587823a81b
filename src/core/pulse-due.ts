// Which frames a leader has to send now, and when it has to look again.

import { noteBeat } from './bar-timing.ts'
import { startOf } from './beat.ts'
import type { BarTiming } from './beat-frame.ts'
import type { BeatTracker } from './beat-tracker.ts'
import type { PulseNode, Term } from './pulse-node.ts'
import { presentBeat } from './pulse-resume.ts'
import { allowance_ms, scheduleAt } from './pulse-state.ts'

/** A frame of ours that does not come back for so long is sent again. */
const echoMax_ms = 300
const latenessKept = 512

/** A beat whose frame is due. `starts_ms` is monotonic. */
export type DueBeat = {
  beat_index: number
  starts_ms: number
  bpm: number
  late_ms: number
  /** The bar that it ends. */
  bar?: BarTiming
}

/** Takes the beats that are due and allowed, in order. */
export function takeDueBeats(term: Term, tracker: BeatTracker, now_ms: number): DueBeat[] {
  if (now_ms >= echoDue(term, tracker)) sendUnheardAgain(term, tracker)
  const present = presentBeat(term, now_ms)
  term.next_beat = Math.max(term.next_beat, present - term.beats_per_bar + 1)
  const due: DueBeat[] = []
  for (;;) {
    const beat_index = term.next_beat
    const tempi = scheduleAt(term.schedule, term.tempo_next, beat_index)
    const starts_ms = startOf(tempi.schedule, beat_index)
    if (starts_ms > now_ms || beat_index > term.last_beat) return due
    Object.assign(term, tempi)
    const late_ms = now_ms - starts_ms
    noteSent(term, beat_index, late_ms)
    term.sent_at_ms = now_ms
    term.next_beat++
    const bar = endedBar(term, beat_index)
    due.push({ beat_index, starts_ms, bpm: term.schedule.bpm, late_ms, ...(bar ? { bar } : {}) })
  }
}

/** On a downbeat, the bar before it. */
function endedBar({ timings, beats_per_bar }: Term, beat: number): BarTiming | undefined {
  const isDownbeat = beat % beats_per_bar === 0
  const { last_bar } = timings
  return isDownbeat && last_bar?.from_beat === beat - beats_per_bar ? last_bar : undefined
}

export function sendUnheardAgain(term: Term, { taken }: BeatTracker): void {
  if (taken < term.sent_beat) term.next_beat = Math.max(taken, term.sent_before) + 1
}

function noteSent(term: Term, beat_index: number, late_ms: number): void {
  if (beat_index <= term.sent_beat) return
  term.sent_beat = beat_index
  noteBeat(term.timings, beat_index, late_ms, term.beats_per_bar)
  if (beat_index < term.own_beat) return
  if (term.lateness_ms.push(late_ms) > latenessKept) term.lateness_ms.shift()
}

/** When what was sent and did not come back is to be sent again. */
function echoDue({ sent_before, sent_beat, sent_at_ms }: Term, { taken }: BeatTracker): number {
  return sent_beat > sent_before && taken < sent_beat ? sent_at_ms + echoMax_ms : Number.POSITIVE_INFINITY
}

/** The highest index that a write now is to allow. */
export const beatToAllow = (term: Term, now_ms: number): number =>
  Math.max(term.last_beat, presentBeat(term, now_ms + allowance_ms))

/** The kept state must soon allow more: half of what it allowed is left. */
export const needsAllowance = (term: Term, now_ms: number): boolean =>
  presentBeat(term, now_ms + allowance_ms / 2) > term.last_beat

/** When something is to be done next. */
export function wakeAt({ connected, tracker }: PulseNode, term: Term): number {
  const times = [term.valid_until_ms]
  if (term.confirmed && connected) {
    times.push(echoDue(term, tracker))
    if (term.next_beat <= term.last_beat) times.push(startIn(term, term.next_beat))
  }
  if (!term.writing) times.push(startIn(term, term.last_beat + 1) - allowance_ms / 2)
  return Math.min(...times)
}

const startIn = ({ schedule, tempo_next }: Term, beat: number): number =>
  startOf(scheduleAt(schedule, tempo_next, beat).schedule, beat)
