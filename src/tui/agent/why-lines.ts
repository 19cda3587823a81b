// Why Beacon thinks of the agent what it thinks: each reason with the event that it rests on.

import { displayWidth } from '../../core/display-width.ts'
import type { Reason } from '../../core/health.ts'
import type { NewestRow } from '../../core/view.ts'
import { formatClock, formatCount } from '../format.ts'
import { type Piece, toLine, toSafeText, widthOf } from '../line.ts'
import type { Paint } from '../paint.ts'

/** A reason each, broken into lines that fit. `at` finds a held event; `opened` is the reason whose event is open. */
export function whyLines(
  reasons: readonly Reason[],
  opened: number,
  at: (seq: number) => NewestRow | null,
  columns: number,
  paint: Paint,
): string[] {
  return reasons.flatMap(({ says, seq }, i) => {
    const painter = i === 0 ? paint.bold : undefined
    const parts = wrapWords(toSafeText(says), columns - 4)
    const lines: Piece[][] = parts.map((part, line) => [[line === 0 ? '  ' : '    '], [part, painter]])
    if (seq !== null) {
      const row = at(seq)
      const clock = row ? ` ${formatClock(row.received_at_ms).slice(0, 8)}` : ''
      const event: Piece = [`#${formatCount(seq)}${clock}`, i === opened ? paint.inverse : paint.accent]
      const last = lines.at(-1)
      if (last && widthOf(last) + widthOf([event]) + 2 <= columns) last.push(['  '], event)
      else lines.push([['    '], event])
    }
    return lines.map((pieces) => toLine(pieces, columns))
  })
}

/** Lines of at most so many cells, broken at spaces. Longer words are cut where the line ends. */
function wrapWords(text: string, cells: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && displayWidth(last) + 1 + displayWidth(word) <= cells)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
