// The timeline as lines: a strip of statuses by letter and colour, events per cell, errors, the hours, and the legend.

import { activityOfStatus } from '../../core/activity.ts'
import { isErrorStatus } from '../../core/fleet.ts'
import { formatClock, formatCount } from '../format.ts'
import { fitPieces, type Painter, type Piece, toLine, toSafeText, toSpread, widthOf } from '../line.ts'
import type { Paint } from '../paint.ts'
import type { TimeCell, Timeline } from './timeline.ts'

/** Rows of a timeline. */
export const timeline_rows = 5

const label_cells = 8

/** Cells of the strip on so many columns. */
export const stripCells = (columns: number): number => Math.max(1, columns - label_cells - 2)

/** Exactly `timeline_rows` lines. */
export function timelineLines(timeline: Timeline, columns: number, paint: Paint): string[] {
  const { cells } = timeline
  const styles = toStyles(cells, paint)
  const label = (text: string): Piece => [`  ${text.padEnd(label_cells)}`, paint.dim]
  const peak = Math.max(0, ...cells.map(({ events }) => events))
  return [
    toLine([label('status'), ...runs(cells.map((cell) => statusCell(cell, styles, paint)))], columns),
    toLine([label('events'), ...runs(cells.map((cell) => eventCell(cell, peak, paint)))], columns),
    toLine([label('errors'), ...runs(cells.map((cell) => errorCell(cell, paint)))], columns),
    toLine([label(''), [axis(timeline), paint.dim]], columns),
    legend(timeline, styles, peak, columns, paint),
  ]
}

type Cell = Piece
/** How each status is drawn. */
type Styles = Map<string, Piece>

const toStyles = (cells: TimeCell[], paint: Paint): Styles =>
  new Map([...toLetters(cells)].map(([status, letter]) => [status, [letter, statusPainter(status, paint)]]))

const statusCell = ({ status, partial }: TimeCell, styles: Styles, paint: Paint): Cell =>
  (status === null ? undefined : styles.get(status)) ?? (partial ? ['·', paint.dim] : [' '])

function eventCell({ events, partial }: TimeCell, peak: number, paint: Paint): Cell {
  const { bars } = paint.glyphs
  if (events === 0) return partial ? ['·', paint.dim] : [' ', undefined]
  const level = Math.max(1, Math.round((events / peak) * (bars.length - 1)))
  return [bars[level] ?? ' ', paint.accent]
}

const errorCell = ({ errors }: TimeCell, paint: Paint): Cell =>
  errors === 0 ? [' ', undefined] : [errors > 9 ? '+' : String(errors), paint.bad]

const isCalm = (status: string): boolean => {
  const activity = activityOfStatus(status)
  return !isErrorStatus(status) && activity !== 'waiting' && activity !== 'paused'
}

/** What needs the eye stands out as a block; working and idle are calm. */
function statusPainter(status: string, paint: Paint): Painter | undefined {
  const block =
    (painter: Painter): Painter =>
    (text) =>
      paint.inverse(painter(text))
  if (isErrorStatus(status)) return block(paint.bad)
  switch (activityOfStatus(status)) {
    case 'waiting':
    case 'paused':
      return block(paint.warn)
    case 'busy':
      return paint.good
    case 'idle':
    case 'done':
      return paint.dim
    case undefined:
      return undefined
  }
}

/** Neighbours that look the same in one piece: fewer escape sequences. */
function runs(cells: Cell[]): Piece[] {
  const pieces: [string, Painter | undefined][] = []
  for (const [text, paint] of cells) {
    const last = pieces.at(-1)
    if (last && last[1] === paint) last[0] += text
    else pieces.push([text, paint])
  }
  return pieces
}

/** A letter for each status, its own if it can be: `r` for running. The most frequent ones choose first. */
export function toLetters(cells: TimeCell[]): Map<string, string> {
  const counts = new Map<string, number>()
  for (const { status } of cells) if (status !== null) counts.set(status, (counts.get(status) ?? 0) + 1)
  const free = [...'abcdefghijklmnopqrstuvwxyz0123456789']
  const letters = new Map<string, string>()
  for (const [status] of [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))) {
    const wanted = [...status.toLowerCase()].find((letter) => free.includes(letter))
    const letter = wanted ?? free[0] ?? '?'
    if (free.includes(letter)) free.splice(free.indexOf(letter), 1)
    letters.set(status, letter)
  }
  return letters
}

const tick_steps_ms = [10, 30, 60, 300, 900, 1_800, 3_600, 10_800, 43_200, 86_400].map((s) => s * 1_000)
/** Room for a time, and some to breathe. */
const tick_cells_min = { short: 9, long: 13 }

/** `╵12:41      ╵12:42`: the sign stands under the cell in which the time begins. */
function axis({ from_ms, bucket_ms, cells }: Timeline): string {
  const isShort = (ms: number): boolean => ms % 60_000 === 0
  const fits = (ms: number): boolean =>
    ms % bucket_ms === 0 && ms / bucket_ms >= tick_cells_min[isShort(ms) ? 'short' : 'long']
  const step = tick_steps_ms.find(fits) ?? 86_400_000
  let text = ''
  // Local time: whole hours need not be multiples of an hour since the epoch.
  const offset_ms = new Date(from_ms).getTimezoneOffset() * 60_000
  for (let at = 0; at < cells.length; at++) {
    const at_ms = from_ms + at * bucket_ms
    if ((at_ms - offset_ms) % step !== 0) continue
    const clock = formatClock(at_ms).slice(0, isShort(step) ? 5 : 8)
    if (at + 1 + clock.length > cells.length) break
    text = `${text.padEnd(at)}╵${clock}`
  }
  return text
}

function legend(
  { bucket_ms, cells }: Timeline,
  styles: Styles,
  peak: number,
  columns: number,
  paint: Paint,
): string {
  const each = bucket_ms < 60_000 ? `${bucket_ms / 1_000} s` : `${bucket_ms / 60_000} min`
  const right: Piece[] = [
    [`a cell is ${each}, peak ${formatCount(peak)}  `, paint.dim],
    ['+ -', paint.bold],
    [' zoom ', paint.dim],
  ]
  // What needs the eye is named first: on a narrow screen the others have no room.
  const named = [...styles].toSorted(([a], [b]) => Number(isCalm(a)) - Number(isCalm(b)))
  const groups = named.map(([status, style]): Piece[] => [style, [` ${toSafeText(status)}   `, paint.dim]])
  if (cells.some(({ status, partial }) => status === null && partial))
    groups.push([['· not known', paint.dim]])
  const room = columns - label_cells - 2 - widthOf(right) - 1
  return toSpread([[' '.repeat(label_cells + 2)], ...fitPieces(groups, room)], right, columns)
}
