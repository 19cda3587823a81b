// The scrubber of time travel: the archive's events over time, the moment, and what the clock said.

import { formatClock, formatCount, formatSpan, formatStamp, sparkline } from './format.ts'
import { scrubberCells } from './layout.ts'
import { type Piece, toLine, toRule, toSafeText } from './line.ts'
import { liveNow, type Model, momentOf, type Travel } from './model.ts'
import type { Paint } from './paint.ts'

/** Exactly as many lines as the layout gives it: a rule, the histogram, the times. */
export function viewScrubber(model: Model, travel: Travel, paint: Paint): string[] {
  const cells = scrubberCells(model)
  const { from_ms, to_ms } = travel.window
  const at_ms = momentOf(travel)
  const cell = Math.max(0, Math.min(cells - 1, Math.floor(((at_ms - from_ms) / (to_ms - from_ms)) * cells)))
  return [
    toRule(titleOf(model, travel), noteOf(travel), model.columns, paint.dim, paint.accent),
    histogram(travel, cells, cell, paint),
    times(travel, cells, cell, paint),
  ]
}

function titleOf(model: Model, travel: Travel): string {
  const at_ms = momentOf(travel)
  const seq = 'seq' in travel.target ? travel.target.seq : travel.loading ? null : travel.shown?.seq
  return [
    `TIME −${formatSpan(liveNow(model) - at_ms)}`,
    formatStamp(at_ms),
    seq === undefined || seq === null ? '' : `seq ${formatCount(seq)}`,
  ]
    .filter((part) => part !== '')
    .join('  ')
}

function noteOf({ loading, error, window }: Travel): string {
  if (error !== null) return toSafeText(error)
  return loading ? 'asking …' : `${formatSpan(window.to_ms - window.from_ms)} of events`
}

function histogram({ range, error }: Travel, cells: number, cell: number, paint: Paint): string {
  const counts = spread(range?.buckets ?? [], cells)
  const bars = sparkline(counts, cells, paint.glyphs.bars)
  const under = bars[cell] ?? ' '
  const past: Piece = [bars.slice(0, cell), error === null ? paint.accent : paint.dim]
  return toLine(
    [[' '], past, [under === ' ' ? '│' : under, paint.inverse], [bars.slice(cell + 1), paint.dim]],
    cells + 2,
  )
}

/** As many counts as cells, whatever number of them was answered. */
function spread(buckets: number[], cells: number): number[] {
  if (buckets.length === cells) return buckets
  return Array.from({ length: cells }, (_, i) => buckets[Math.floor((i * buckets.length) / cells)] ?? 0)
}

/** The ends of the histogram, and marks between them where they do not touch the cursor. */
function times({ window: { from_ms, to_ms } }: Travel, cells: number, cell: number, paint: Paint): string {
  const text = Array<string>(cells).fill(' ')
  // A label that the cursor would cut through is left out: the title says that moment in full.
  const put = (at: number, label: string): void => {
    const start = Math.max(0, Math.min(cells - label.length, at))
    if (cell >= start - 1 && cell <= start + label.length) return
    for (const [i, letter] of [...label].entries()) text[start + i] = letter
  }
  const long = to_ms - from_ms > 86_400_000
  const label = (at_ms: number): string =>
    long ? formatStamp(at_ms).slice(5, 16) : formatClock(at_ms).slice(0, 8)
  for (const share of [1 / 4, 1 / 2, 3 / 4]) {
    const at = Math.round(cells * share)
    if (cells >= 80) put(at, `╵${label(from_ms + (to_ms - from_ms) * share)}`)
  }
  put(0, `╵${label(from_ms)}`)
  const end = label(to_ms)
  put(cells - end.length - 1, `${end}╵`)
  text[cell] = '▲'
  return toLine(
    [
      [' '],
      [text.slice(0, cell).join(''), paint.dim],
      ['▲', paint.accent],
      [text.slice(cell + 1).join(''), paint.dim],
    ],
    cells + 2,
  )
}
