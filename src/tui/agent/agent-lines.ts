// The agent view as lines: in one column, or in two where there is room; the most important first.

import type { AgentDocument } from '../../core/agent-document.ts'
import { displayWidth } from '../../core/display-width.ts'
import type { NewestRow } from '../../core/view.ts'
import { jsonLine, jsonText } from '../event/event-json.ts'
import { eventLines } from '../event/event-lines.ts'
import { indexOfKey, isGap } from '../event/event-log.ts'
import type { EventPanel } from '../event/event-panel.ts'
import { panelLines, panelRows, ruleLine } from '../event/event-panel.ts'
import { formatCount, formatSpan } from '../format.ts'
import { fitPieces, type Piece, toLine, toSafeText, widthOf } from '../line.ts'
import { type Model, pictureOf, remoteNow } from '../model.ts'
import { type Paint, statusSign } from '../paint.ts'
import { healthPainter, needPainter } from '../table/verdict-paint.ts'
import type { Size } from '../view-spec.ts'
import { type AgentState, bucket_steps_ms } from './agent-state.ts'
import { numberLines, shortNumberLines } from './number-lines.ts'
import { toTimeline } from './timeline.ts'
import { stripCells, timeline_rows, timelineLines } from './timeline-lines.ts'
import { whyLines } from './why-lines.ts'

/** Two columns from here on. */
const wide_columns = 140
const left_columns = 60
const why_rows_max = 6

export type AgentLayout = {
  wide: boolean
  /** Rows of the part that tells of state and reasons, in one column. */
  why: number
  numbers: number
  timeline: number
  /** The list of events: its first row within the view, its rows, and where it begins. */
  top: number
  list: number
  panel: number
}

/** Who gets which rows: state and reasons, the timeline, the events, and then the numbers. */
export function toAgentLayout(state: AgentState, panel: EventPanel | null, size: Size): AgentLayout {
  const wide = size.columns >= wide_columns
  const below = panelRows(panel, size)
  // The head line is always there; a panel over all of a small screen leaves nothing else.
  let left = size.rows - 1 - below
  const take = (rows: number): number => {
    const given = left >= rows ? rows : 0
    left -= given
    return given
  }
  if (left <= 0) return { wide, why: 0, numbers: 0, timeline: 0, top: size.rows, list: 0, panel: below }
  const reasons = state.document?.reasons.length ?? 1
  const why = wide ? 0 : take(Math.min(left, Math.min(why_rows_max, reasons + 1)))
  const timeline = left >= timeline_rows + 1 + 3 ? take(timeline_rows + 1) : 0
  const numbers = !wide && left >= 2 + 1 + 6 ? take(2) : 0
  const top = 1 + why + numbers + timeline + 1
  return { wide, why, numbers, timeline, top, list: Math.max(0, left - 1), panel: below }
}

/** Exactly `size.rows` lines. */
export function agentLines(model: Model, state: AgentState, size: Size, paint: Paint): string[] {
  const { browser, document } = state
  const { columns, rows } = size
  const layout = toAgentLayout(state, browser.panel, size)
  const now_ms = nowOf(model, state)
  const lines = [headLine(model, state, now_ms, columns, paint)]
  const timeline = (width: number): string[] =>
    layout.timeline === 0
      ? []
      : [
          ruleLine('timeline', '', width, paint),
          ...timelineLines(
            toTimeline(browser.reader.list.log, now_ms, bucketOf(state), stripCells(width)),
            width,
            paint,
          ),
        ]
  const events = (width: number): string[] =>
    layout.list === 0 && layout.top >= rows
      ? []
      : [
          ruleLine('events', eventsNote(state), width, paint),
          ...eventLines(browser.reader.list, layout.list, {
            columns: width,
            paint,
            agents: false,
            loading: browser.reader.load?.request.from_seq,
          }),
        ]
  if (layout.wide && layout.list > 0) {
    const right_columns = columns - left_columns - 1
    const right = [...timeline(right_columns), ...events(right_columns)]
    const left = leftLines(state, now_ms, right.length, paint)
    for (const [i, line] of right.entries())
      lines.push(`${left[i]}${paint.dim(paint.ascii ? '|' : '│')}${line}`)
  } else if (layout.list > 0) {
    lines.push(...whyBlock(state, columns, paint).slice(0, layout.why))
    while (lines.length < 1 + layout.why) lines.push('')
    if (document && layout.numbers > 0) lines.push(...shortNumberLines(document, now_ms, columns, paint))
    while (lines.length < 1 + layout.why + layout.numbers) lines.push('')
    lines.push(...timeline(columns), ...events(columns))
  }
  if (browser.panel) lines.push(...panelLines(browser.panel, rowOf(state, browser.panel.seq), size, paint))
  while (lines.length < rows) lines.push('')
  return lines.slice(0, rows)
}

export const bucketOf = ({ zoom }: AgentState): number => bucket_steps_ms[zoom] ?? 5_000

/** The clock that ages are counted by: the aggregator's, or the moment that is shown. */
export function nowOf(model: Model, { document }: AgentState): number {
  const picture = pictureOf(model)
  return picture ? remoteNow(model, picture) : document ? Date.parse(document.at) : model.wall_ms
}

/** `agent-0042  ✗ unhealthy  ● running for 3m 12s  busy` */
function headLine(model: Model, state: AgentState, now_ms: number, columns: number, paint: Paint): string {
  const { document, error } = state
  const id = toSafeText(model.place.agent ?? '')
  const said: Piece[] = error === null ? [] : [[`   ${toSafeText(error)}`, paint.warn]]
  if (!document) {
    const waiting: Piece[] = error === null ? [['   asking …', paint.dim]] : said
    return toLine([[`  ${id}`, paint.bold], ...waiting], columns)
  }
  const { health, status, needs, activity } = document
  const { sign, paint: statusPaint } = statusSign(status, paint)
  const since = formatSpan(now_ms - Date.parse(document.status_since))
  const groups: Piece[][] = [
    [[`  ${id}`, paint.bold]],
    [[`   ${paint.glyphs.health[health]} ${health}`, healthPainter(health, paint)]],
    [[`   ${sign} ${toSafeText(status)}`, statusPaint], [` for ${since}`]],
  ]
  if (needs !== 'none')
    groups.push([[`   ${paint.glyphs.needs[needs]} ${needWords[needs]}`, needPainter(needs, paint)]])
  groups.push([[`   ${activity}`, paint.dim]])
  // What does not fit is left out as a whole, but for the id: all else is worth nothing without it.
  const [name = [], ...rest] = groups
  return toLine([...name, ...fitPieces(rest, columns - widthOf(name)), ...said], columns)
}

const needWords: Record<Exclude<AgentDocument['needs'], 'none'>, string> = {
  unhealthy: 'needs you: unhealthy',
  stuck: 'needs you: stuck',
  waiting: 'needs you: waits for input',
  erroring: 'needs you: errors',
  finished: 'finished without a word',
  gaps: 'events are missing',
}

function whyBlock(state: AgentState, columns: number, paint: Paint): string[] {
  const { document, reason } = state
  if (!document) return []
  const events = document.reasons.some(({ seq }) => seq !== null)
  return [
    ruleLine('why', events ? 'w opens the events behind it' : '', columns, paint),
    ...whyLines(document.reasons, reason, (seq) => rowOf(state, seq), columns, paint),
  ]
}

/** The left column: reasons, numbers and the last event's metadata, each line of one width. */
function leftLines(state: AgentState, now_ms: number, rows: number, paint: Paint): string[] {
  const { document } = state
  const lines = whyBlock(state, left_columns, paint)
  if (document) {
    lines.push(
      ruleLine('numbers', '', left_columns, paint),
      ...numberLines(document, now_ms, left_columns, paint),
    )
    if (Object.keys(document.metadata).length > 0) {
      lines.push(ruleLine('last event said', `#${formatCount(document.seq)}`, left_columns, paint))
      const json = jsonText(document.metadata, left_columns - 2).slice(1, -1)
      lines.push(...json.map((line) => jsonLine(line.slice(2), left_columns, paint)))
    }
  }
  const cut = lines.length > rows ? lines.slice(0, rows) : lines
  while (cut.length < rows) cut.push('')
  return cut.map((line) => padPainted(line, left_columns))
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours take no cells
const paints = /\u001b\[[0-9;]*m/g

function padPainted(line: string, cells: number): string {
  const missing = cells - displayWidth(line.replace(paints, ''))
  return line + ' '.repeat(Math.max(0, missing))
}

function eventsNote({ browser }: AgentState): string {
  const { list, load, error, past } = browser.reader
  if (error !== null) return toSafeText(error)
  if (list.fresh > 0) return `${formatCount(list.fresh)} new, G follows`
  if (load) return 'asking the archive'
  if (past) return 'up to the moment shown'
  return list.following ? 'following' : 'G follows'
}

export function rowOf({ browser }: AgentState, seq: number): NewestRow | null {
  const { items } = browser.reader.list.log
  const item = items[indexOfKey(items, seq)]
  return item && !isGap(item) && item.seq === seq ? item : null
}
