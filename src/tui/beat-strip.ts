// The beat in the header: tempo, bar, beat and phase, in as many words as there is room for.

import type { OpenBar } from '../core/bar-report.ts'
import { phases } from '../core/beat.ts'
import type { Beat } from '../core/beat-tracker.ts'
import { barNumber } from './bar-words.ts'
import { formatCount } from './format.ts'
import type { Piece } from './line.ts'
import type { Model } from './model.ts'
import type { Paint } from './paint.ts'

/** The beat that the screen shows: that of the present, held still by pause; of the past no beat is known. */
export const beatOf = ({ travel, held, held_beat, beat }: Model): Beat | null | undefined =>
  travel ? null : held ? held_beat : beat

/** From the longest to the shortest; the last one is the least that says anything. Empty when nothing is known. */
export function beatForms(model: Model, paint: Paint): Piece[][] {
  const { travel } = model
  if (travel) {
    const bar = barOfMoment(travel.shown?.frame.bars ?? null)
    return bar && !travel.loading ? [[[`  bar ${formatCount(barNumber(bar))} open`]]] : []
  }
  const beat = beatOf(model)
  if (beat === undefined) return []
  if (beat === null) return [[[`  ${paint.glyphs.beat}no pulse`, paint.warn]]]
  const { tempo_bpm, beat_index, from_beat, beats_per_bar } = beat
  // Everything keeps its width while the beat goes on.
  const tempo: Piece = [`  ${paint.glyphs.beat}${tempo_bpm}`, beat.degraded ? paint.warn : paint.dim]
  const place = `${String(beat_index - from_beat + 1).padStart(String(beats_per_bar).length)}/${beats_per_bar}`
  const phase = phasePieces(beat, paint)
  const word: Piece = beat.degraded ? [' degraded', paint.warn] : [` ${beat.phase.padEnd(7)}`, paint.dim]
  const doubt: Piece[] = beat.degraded ? [['?', paint.warn]] : []
  const bar: Piece = [` bar ${formatCount(barNumber(beat))}`]
  return [
    [tempo, bar, [` ${place} `, paint.dim], ...phase, word],
    [tempo, bar, [' '], ...phase, ...(beat.degraded ? [word] : [])],
    [tempo, [' '], ...phase, ...doubt],
    [['  '], ...phase, ...doubt],
  ]
}

/** `▮▮▯`: the phases begun, and those to come. A local count has no colour of its own. */
export function phasePieces({ phase, degraded }: Beat, { glyphs, ...paint }: Paint): Piece[] {
  const begun = phases.indexOf(phase) + 1
  return [
    [glyphs.full.repeat(begun), degraded ? paint.warn : paint.accent],
    [glyphs.empty.repeat(phases.length - begun), paint.dim],
  ]
}

/**
 * The bar of a moment by its open bars: the only one that was not reported yet. Around a downbeat there are two, since
 * claims may be a beat early and a report half a beat late: which one it was cannot be told.
 */
export function barOfMoment(bars: readonly OpenBar[] | null): OpenBar | null {
  const unreported = (bars ?? []).filter(({ revision }) => revision === null)
  return unreported.length === 1 ? (unreported[0] ?? null) : null
}
