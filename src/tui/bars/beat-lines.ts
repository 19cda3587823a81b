// The present beat as lines: the pulse and its leader, bar and beat in words, and the bar as a strip of its beats.

import type { OpenBar } from '../../core/bar-report.ts'
import { beatMs, phases } from '../../core/beat.ts'
import type { Beat } from '../../core/beat-tracker.ts'
import { cutToWidth } from '../../core/display-width.ts'
import type { PulseDocument } from '../../core/pulse-document.ts'
import { barNumber, formatDrift } from '../bar-words.ts'
import { beatOf, phasePieces } from '../beat-strip.ts'
import { formatClock, formatCount, formatSpan } from '../format.ts'
import { fitPieces, type Piece, toLine, toSafeText, widthOf } from '../line.ts'
import { type Model, momentOf } from '../model.ts'
import type { Paint } from '../paint.ts'

const leader_cells_max = 40

/** Tempo, leader, jitter and drift; or why there is no beat. */
export function pulseLine(model: Model, pulse: PulseDocument | null, paint: Paint): string {
  const { columns, travel } = model
  const beat = beatOf(model)
  if (travel)
    return toLine(
      [
        [` as it stood at ${formatClock(momentOf(travel))}`, paint.accent],
        ['   no beat is known of the past', paint.dim],
      ],
      columns,
    )
  if (beat === undefined) return toLine([[' listening for the beat …', paint.dim]], columns)
  if (beat === null)
    return toLine(
      [[' no pulse: no beat is heard, and nobody answers for it; see services (5)', paint.warn]],
      columns,
    )
  const { tempo_bpm, leader, epoch, degraded } = beat
  const tempo: Piece[] = [[` ${paint.glyphs.beat}${tempo_bpm} BPM`, paint.bold]]
  if (degraded)
    tempo.push([
      `   ${degradedSign} degraded: no frame for two beats, counted here at the last tempo`,
      paint.warn,
    ])
  const next = pulse?.tempo_next
  const groups: Piece[][] = [
    next ? [[`   then ${next.bpm} from beat ${formatCount(next.at_beat)}`, paint.accent]] : [],
    [
      [`   ${degraded ? 'last ' : ''}leader `, paint.dim],
      leader === null ? ['none', paint.warn] : [cutToWidth(toSafeText(leader), leader_cells_max)],
    ],
    ...(pulse && !degraded ? healthOf(pulse, paint) : []),
    [[`   epoch ${formatCount(epoch)}`, paint.dim]],
  ]
  return toLine([...tempo, ...fitPieces(groups, columns - widthOf(tempo))], columns)
}

const degradedSign = '◌'

function healthOf({ jitter_ms, last_bar }: PulseDocument, paint: Paint): Piece[][] {
  const groups: Piece[][] = []
  if (last_bar)
    groups.push([
      ['   drift ', paint.dim],
      [formatDrift(last_bar.drift_ms), Math.abs(last_bar.drift_ms) > drift_warn_ms ? paint.warn : undefined],
    ])
  if (jitter_ms)
    groups.push([
      ['   jitter p95 ', paint.dim],
      [`${jitter_ms.p95.toFixed(1)} ms`, jitter_ms.p95 > jitter_warn_ms ? paint.warn : undefined],
      [` max ${jitter_ms.max.toFixed(1)}`, paint.dim],
    ])
  return groups
}

/** The budget of the jitter (SEEDS.md 4); a bar that is behind by it on average drifts. */
const jitter_warn_ms = 20
const drift_warn_ms = 20

/** `bar 41   beats 4,920–5,039   beat 58 of 120  ▮▮▯ execute   downbeat in 31s` */
export function placeLine(model: Model, bar: OpenBar | null, paint: Paint): string {
  const { columns } = model
  if (!bar)
    return toLine([[model.travel ? ' no bar was open, as far as the claims tell' : '', paint.dim]], columns)
  const beat = beatOf(model)
  const head: Piece[] = [[` bar ${formatCount(barNumber(bar))}`, paint.bold]]
  const groups: Piece[][] = [
    [[`   beats ${formatCount(bar.from_beat)}–${formatCount(bar.to_beat)}`, paint.dim]],
  ]
  if (beat) {
    const { beat_index, from_beat, beats_per_bar, to_beat, tempo_bpm } = beat
    const place = String(beat_index - from_beat + 1).padStart(String(beats_per_bar).length)
    // From the start of the beat: it changes once a beat.
    const left_ms = (to_beat + 1 - beat_index) * beatMs(tempo_bpm)
    groups.unshift([
      ['   beat '],
      [place, paint.bold],
      [` of ${beats_per_bar}  `],
      ...phasePieces(beat, paint),
      [` ${beat.phase.padEnd(7)}`, beat.degraded ? paint.warn : paint.accent],
    ])
    groups.push([[`   downbeat in ${formatSpan(left_ms)}`, paint.dim]])
  }
  return toLine([...head, ...fitPieces(groups, columns - widthOf(head))], columns)
}

/** The strip: what is over, the present beat by its phase, and what is to come. Each beat at its place, at any width. */
export function stripLine(beat: Beat | null | undefined, columns: number, paint: Paint): string {
  const cells = Math.max(1, columns - 2)
  const { full, empty } = paint.glyphs
  if (!beat) return toLine([[' '], [empty.repeat(cells), paint.dim]], columns)
  const at = beat.beat_index - beat.from_beat
  const step = cells / beat.beats_per_bar
  const from = Math.min(cells - 1, Math.floor(at * step))
  const to = Math.max(from + 1, Math.floor((at + 1) * step))
  const begun = phases.indexOf(beat.phase) + 1
  const shade = paint.glyphs.phases[begun - 1] ?? full
  return toLine(
    [
      [' '],
      [full.repeat(from), beat.degraded ? paint.warn : paint.accent],
      [shade.repeat(to - from), paint.bold],
      [empty.repeat(Math.max(0, cells - to)), paint.dim],
    ],
    columns,
  )
}

const mark_cells_min = 6
const mark_steps = [5, 10, 20, 30, 60, 120, 240, 480, 960]

/** Numbers of beats within the bar, each below its beat in the strip. */
export function axisLine(beats_per_bar: number, columns: number, paint: Paint): string {
  const cells = Math.max(1, columns - 2)
  const step = mark_steps.find((beats) => (beats * cells) / beats_per_bar >= mark_cells_min) ?? beats_per_bar
  let text = ''
  for (let number = step; number <= beats_per_bar; number += step) {
    const at = Math.floor(((number - 1) * cells) / beats_per_bar)
    const mark = `╵${number}`
    if (at + mark.length <= cells) text = text.padEnd(at) + mark
  }
  return toLine([[' '], [text, paint.dim]], columns)
}
