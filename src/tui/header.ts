// The first line: what this is, whether it is true right now, and how the fleet is.

import { viewBadge } from './badge.ts'
import { beatForms } from './beat-strip.ts'
import { formatCount, formatRate } from './format.ts'
import { type Painter, type Piece, toSafeText, toSpread, widthOf } from './line.ts'
import { type Model, pictureOf } from './model.ts'
import type { Paint } from './paint.ts'

type Slot = {
  pieces: Piece[]
  /** Who is given room first: the highest. */
  rank: number
  /** Stands at the end of the line. */
  right?: true
}

export function viewHeader(model: Model, paint: Paint): string {
  const rate = rateOf(model, paint)
  // A space at least is between the two ends.
  const cells = model.columns - widthOf(rate) - 1
  const who = whoAndWhen(model, paint)
  // The beat in fewer words before the fleet in signs; when nothing helps, what matters most stays.
  const beats = beatForms(model, paint)
  const lines = (beats.length === 0 ? [[]] : beats).flatMap((pieces) =>
    (['words', 'non-zero words', 'signs'] as const).map((form) => [
      ...who,
      ...fleetSlots(model, form, paint),
      { pieces, rank: beat_rank, right: true as const },
    ]),
  )
  const fitted = lines.find((slots) => fits(slots, cells)) ?? chosen(lines.at(-1) ?? [], cells)
  const side = (right: boolean): Piece[] =>
    fitted.flatMap((slot) => ((slot.right ?? false) === right ? slot.pieces : []))
  return toSpread(side(false), [...side(true), ...rate], model.columns)
}

/** More than how many are well, and less than how many are not. */
const beat_rank = 8

function whoAndWhen(model: Model, paint: Paint): Slot[] {
  const slots: Slot[] = [{ pieces: [[' beacon ', paint.bold]], rank: 90 }]
  if (model.name !== '') slots.push({ pieces: [[` ${toSafeText(model.name)}`]], rank: 5 })
  if (model.status) slots.push({ pieces: [[` ${model.status.profile}`, paint.dim]], rank: 4 })
  slots.push({ pieces: [[' '], viewBadge(model, paint)], rank: 100 })
  if (model.readonly) slots.push({ pieces: [['  read-only', paint.dim]], rank: 6 })
  return slots
}

type Form = 'words' | 'non-zero words' | 'signs'

/** Each number has the room of the largest, so that nothing moves while they change; a zero is dim, or absent. */
function fleetSlots(model: Model, form: Form, paint: Paint): Slot[] {
  const totals = pictureOf(model)?.frame.totals
  if (!totals) return []
  const room = formatCount(totals.agents).length
  const slot = (
    count: number,
    word: string,
    sign: string,
    rank: number,
    painter: Painter | undefined,
  ): Slot => {
    const number = formatCount(count)
    const text = form === 'signs' ? `${sign} ${number.padEnd(room)}` : `${number.padStart(room)} ${word}`
    const absent = form === 'non-zero words' && count === 0
    return { pieces: absent ? [] : [[`  ${text}`, count === 0 ? paint.dim : painter]], rank }
  }
  const { by_health: of, by_needs } = totals
  const signs = paint.glyphs.health
  const needed = Object.values(by_needs).reduce((sum, count) => sum + count, 0)
  const agents = totals.agents === 1 ? 'agent ' : 'agents'
  return [
    { pieces: [[`   ${formatCount(totals.agents)} ${agents}`, paint.bold]], rank: 50 },
    slot(of.healthy, 'well', signs.healthy, 7, undefined),
    slot(of.late, 'late', signs.late, 9, undefined),
    slot(of.suspect, 'suspect', signs.suspect, 10, paint.warn),
    slot(of.unhealthy, 'unhealthy', signs.unhealthy, 30, paint.bad),
    slot(of.stopped, 'stopped', signs.stopped, 3, paint.dim),
    slot(needed, needed === 1 ? 'needs you' : 'need you ', '!', 40, paint.warn),
  ]
}

/** What was true before the connection broke is not the rate now. */
function rateOf(model: Model, paint: Paint): Piece[] {
  const picture = pictureOf(model)
  const known = picture && (model.travel !== null || model.link.name === 'live')
  const rate = known ? formatRate(picture.frame.totals.rate_1s) : '—'
  return [[`  ${rate.padStart(5)} ev/s `, known ? paint.bold : paint.dim]]
}

const fits = (slots: Slot[], cells: number): boolean =>
  widthOf(slots.flatMap(({ pieces }) => pieces)) <= cells

/** What matters most first, as long as there is room. */
function chosen(slots: Slot[], cells: number): Slot[] {
  const kept = new Set<Slot>()
  let left = cells
  for (const slot of slots.toSorted((a, b) => b.rank - a.rank)) {
    const width = widthOf(slot.pieces)
    if (width > left) continue
    kept.add(slot)
    left -= width
  }
  return slots.filter((slot) => kept.has(slot))
}
