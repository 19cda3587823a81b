// The lines at the foot: the pulse of the stream, the books, and what is wrong, if anything is.

import { formatAge, formatCount, sparkline } from './format.ts'
import { commonKeys } from './keys.ts'
import { type Piece, toSafeText, toSpread } from './line.ts'
import type { Model, Picture, Prompt } from './model.ts'
import type { Paint } from './paint.ts'
import { viewOf } from './views.ts'

/** Events per second over the last minute or more, with its peak, the averages and the lag. */
export function viewPulse(model: Model, picture: Picture | null, paint: Paint): string {
  if (!picture) return ''
  const { totals, lag } = picture.frame
  const cells = model.columns >= 140 ? 60 : model.columns >= 100 ? 30 : 16
  const shown = picture.history.counts.slice(-cells)
  const peak = formatCount(Math.max(0, ...shown))
  const left: Piece[] = [
    [' ev/s ', paint.dim],
    [sparkline(shown, cells), paint.accent],
    [` peak ${peak.padEnd(7)}`, paint.dim],
  ]
  if (model.columns >= 100)
    left.push([
      ` 10 s ${formatCount(totals.rate_10s).padEnd(7)} 60 s ${formatCount(totals.rate_60s)}`,
      paint.dim,
    ])
  const lost = model.link.name === 'lost'
  const late = lag.ms >= 1_000 || lag.events > totals.rate_1s + 1_000
  const lagText = lost
    ? 'lag —'
    : `lag ${formatCount(lag.events)}${late ? `, ${formatAge(lag.ms)} behind` : ''}`
  return toSpread(
    left,
    [
      [`  ${lagText}`, late ? paint.warn : undefined],
      [`  ${formatCount(picture.coalesced)} coalesced `, picture.coalesced > 0 ? undefined : paint.dim],
    ],
    model.columns,
  )
}

/** `accepted = archived + duplicate + quarantined + in flight`, and what the daemon says is not as it should be. */
export function viewBooks(model: Model, paint: Paint): string {
  const { status, link } = model
  if (link.name === 'lost') return toSpread([[` ${toSafeText(link.reason)}`, paint.bad]], [], model.columns)
  if (!status)
    return toSpread(
      [[' books —', paint.dim]],
      [['the supervisor does not answer ', paint.dim]],
      model.columns,
    )
  const durable: Piece[] = [[`  ${status.profile} `, paint.dim]]
  const [reason] = status.not_ready_reasons
  if (reason !== undefined && !status.ready)
    return toSpread([[` ! ${toSafeText(reason)}`, paint.bad]], durable, model.columns)
  const { books } = status
  if (!books) return toSpread([[' books —', paint.dim]], durable, model.columns)
  const short = model.columns < 120
  const terms = [
    [books.archived, 'archived'],
    [books.duplicate, short ? 'dup' : 'duplicate'],
    [books.quarantined, short ? 'quar' : 'quarantined'],
    [books.in_flight, 'in flight'],
  ] as const
  const sum = terms.map(([count, name]) => `${name} ${formatCount(count)}`).join(' + ')
  const verdict: Piece = books.balanced ? [' ✓', paint.good] : [' ✗ does not balance', paint.bad]
  return toSpread([[` accepted ${formatCount(books.accepted)} = ${sum}`], verdict], durable, model.columns)
}

export function viewFooter(model: Model, paint: Paint): string {
  const keys: Piece[] = [...viewOf(model.place.view).keys, ...commonKeys].flatMap(
    ({ label, footer }): Piece[] =>
      footer === undefined
        ? []
        : [
            [` ${label}`, paint.bold],
            [` ${footer} `, paint.dim],
          ],
  )
  return toSpread(keys, [], model.columns)
}

const promptSigns: Record<Prompt['name'], string> = { filter: '/', search: '?', command: ':', time: 't' }

/** The line being typed, with what is wrong with it. */
export function viewPrompt({ columns }: Model, prompt: Prompt, paint: Paint): string {
  const { name, text, cursor, error } = prompt
  const left: Piece[] = [
    [` ${promptSigns[name]} `, paint.bold],
    [toSafeText(text.slice(0, cursor))],
    [toSafeText(text.slice(cursor, cursor + 1)) || ' ', paint.inverse],
    [toSafeText(text.slice(cursor + 1))],
  ]
  return toSpread(left, error ? [[`${toSafeText(error.message)} `, paint.bad]] : [], columns)
}
