// How a bar fills up: agents reporting of those expected, the other counts, and the agents by their last state.

import type { OpenBar } from '../../core/bar-report.ts'
import type { ClaimState } from '../../core/status-claim.ts'
import { formatCount } from '../format.ts'
import { fitPieces, type Painter, type Piece, toLine, widthOf } from '../line.ts'
import type { Paint } from '../paint.ts'

const label_cells = 11
const label = (text: string, paint: Paint): Piece => [` ${text.padEnd(label_cells - 1)}`, paint.dim]

/** `reporting ▮▮▮▮▮▯▯ 812 of 1,000   on time 611   late 3   help 12   claims 4,211` */
export function countsLine(bar: OpenBar, columns: number, paint: Paint): string {
  const { agents_reporting: reporting, agents_expected: expected } = bar
  const cells = columns >= 140 ? 40 : columns >= 100 ? 24 : 14
  const of = Math.max(expected, reporting)
  const room = formatCount(of).length
  const full = of === 0 ? 0 : Math.round((reporting / of) * cells)
  const head: Piece[] = [
    label('reporting', paint),
    [paint.glyphs.full.repeat(full), paint.accent],
    [paint.glyphs.empty.repeat(cells - full), paint.dim],
    [` ${formatCount(reporting).padStart(room)}`, paint.bold],
    // Without a bar before, nobody is expected.
    [expected === 0 ? '' : ` of ${formatCount(expected)}`, paint.dim],
  ]
  const count = (word: string, value: number, painter?: Painter): Piece[] => [
    [`   ${word} `, paint.dim],
    [formatCount(value), value === 0 ? paint.dim : painter],
  ]
  const rest = [
    count('on time', bar.on_time_reviews, paint.good),
    count('late', bar.late_claims, paint.warn),
    count('help', bar.help_promises_fulfilled),
    count('claims', bar.claims),
  ]
  return toLine([...head, ...fitPieces(rest, columns - widthOf(head))], columns)
}

/** States by their first letter, which is different for each. */
export function statesLine({ states }: OpenBar, columns: number, paint: Paint): string {
  const shares = toShares(
    states.map(([, agents]) => agents),
    columns - label_cells - 1,
  )
  const cells = states.map(
    ([state], i): Piece => [letterOf(state).repeat(shares[i] ?? 0), statePaint(state, paint)],
  )
  return toLine(
    [
      label('states', paint),
      ...(cells.length === 0 ? [['no claim in this bar yet', paint.dim] as Piece] : cells),
    ],
    columns,
  )
}

/** What needs the eye is named first: on a narrow screen the others have no room. */
export function legendLine({ states }: OpenBar, columns: number, paint: Paint): string {
  const named = states.toSorted(([a], [b]) => Number(isCalm(a)) - Number(isCalm(b)))
  const groups = named.map(([state, agents]): Piece[] => [
    [letterOf(state), statePaint(state, paint)],
    [` ${state} `, paint.dim],
    [`${formatCount(agents)}   `],
  ])
  return toLine([[' '.repeat(label_cells)], ...fitPieces(groups, columns - label_cells)], columns)
}

const letterOf = (state: ClaimState): string => state.charAt(0)

const isCalm = (state: ClaimState): boolean => state !== 'failed' && state !== 'blocked'

/** What needs the eye stands out as a block; what is well is calm. */
function statePaint(state: ClaimState, paint: Paint): Painter | undefined {
  switch (state) {
    case 'failed':
      return (text) => paint.inverse(paint.bad(text))
    case 'blocked':
      return (text) => paint.inverse(paint.warn(text))
    case 'executing':
    case 'reviewing':
      return paint.good
    case 'helping':
    case 'planning':
      return paint.accent
    case 'completed':
    case 'idle':
      return paint.dim
  }
}

/** So many cells in proportion to the counts; whatever is there has at least one. */
export function toShares(counts: readonly number[], cells: number): number[] {
  const sum = counts.reduce((a, b) => a + b, 0)
  if (sum === 0 || cells < counts.length) return counts.map(() => 0)
  const shares = counts.map((count) => Math.max(1, Math.floor((count / sum) * cells)))
  // The largest ones give or take what rounding left.
  for (let left = cells - shares.reduce((a, b) => a + b, 0); left !== 0; left -= Math.sign(left)) {
    const error = (i: number): number => ((counts[i] ?? 0) / sum) * cells - (shares[i] ?? 0)
    const candidates = shares.flatMap((share, i) => (left > 0 || share > 1 ? [i] : []))
    const at = candidates.reduce((best, i) => (Math.sign(left) * (error(i) - error(best)) > 0 ? i : best))
    shares[at] = (shares[at] ?? 0) + Math.sign(left)
  }
  return shares
}
