// The lines at the foot: the pulse of the stream, the books, what is wrong if anything is, and the keys.

import { formatAge, formatCount, sparkline } from './format.ts'
import { commonKeys, commonKeysOf, type KeyBinding, toLabel, travelKeys } from './keys.ts'
import { fitPieces, type Piece, toLine, toSafeText, toSpread, widthOf } from './line.ts'
import type { Model, Picture } from './model.ts'
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
    [sparkline(shown, cells, paint.glyphs.bars), paint.accent],
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

/** As many hints as fit: those of the past and the view's own first; how to get help and out always. */
export function viewFooter(model: Model, paint: Paint): string {
  const { notice, now_ms, columns } = model
  if (notice && now_ms < notice.until_ms)
    return toLine([[` ${toSafeText(notice.text)}`, notice.bad ? paint.bad : paint.accent]], columns)
  const hint = ({ label, footer }: KeyBinding): Piece[] => [
    [` ${toLabel(label, paint.ascii)}`, paint.bold],
    [` ${footer} `, paint.dim],
  ]
  const always = commonKeys.filter(({ action }) => action === 'help' || action === 'quit')
  const right = always.flatMap(hint)
  const bindings = [
    ...(model.travel ? travelKeys : []),
    ...viewOf(model.place.view).keys,
    ...commonKeysOf(model),
  ]
  const taken = new Set(bindings.filter((binding) => !commonKeys.includes(binding)).map(({ label }) => label))
  const hints = bindings
    .filter((binding) => binding.footer !== undefined && !always.includes(binding))
    .filter((binding) => !commonKeys.includes(binding) || !taken.has(binding.label))
    .map(hint)
  return toSpread(fitPieces(hints, columns - widthOf(right) - 1), right, columns)
}
