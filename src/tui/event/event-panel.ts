// The panel of one event: its JSON below the list, or in its place on a small screen.

import { displayWidth } from '../../core/display-width.ts'
import type { BeaconEvent } from '../../core/event.ts'
import type { EventsDocument } from '../../core/history.ts'
import type { NewestRow } from '../../core/view.ts'
import { formatClock, formatCount } from '../format.ts'
import { type Piece, toLine, toSafeText } from '../line.ts'
import type { Answer, Effect } from '../model.ts'
import type { Paint } from '../paint.ts'
import type { ViewName } from '../view-names.ts'
import type { Size } from '../view-spec.ts'
import { jsonLine, jsonText } from './event-json.ts'

export type EventPanel = {
  seq: number
  event: BeaconEvent | null
  /** Why it cannot be shown in full, in words. Not escaped. */
  error: string | null
  /** First line shown. */
  scroll: number
  /** What it is wanted for when it comes; then the panel may be closed. */
  use: EventUse | null
  open: boolean
}

/** To be copied, or to go to the bar of a claim. */
export type EventUse = 'copy' | 'bar'

export type PanelStep = readonly [EventPanel | null, Effect[]]

export function openEvent(view: ViewName, seq: number): PanelStep {
  return [{ seq, event: null, error: null, scroll: 0, use: null, open: true }, [askEvent(view, seq)]]
}

/** Carries it out as soon as the event is here. */
export function wantEvent(panel: EventPanel | null, view: ViewName, seq: number, use: EventUse): PanelStep {
  if (panel?.seq === seq && panel.event) return [panel, used(panel.event, use)]
  const closed = { seq, event: null, error: null, scroll: 0, open: panel?.open ?? false }
  return [{ ...closed, use }, [askEvent(view, seq)]]
}

/** Takes the event in when it is the one that is waited for. */
export function receiveEvent(panel: EventPanel | null, id: string, answer: Answer): PanelStep {
  if (!panel || id !== idOf(panel.seq)) return [panel, []]
  if (!answer.ok) return failed(panel, answer.error)
  const event = (answer.value as EventsDocument).events[0]
  if (event?.seq !== panel.seq) return failed(panel, `there is no event #${formatCount(panel.seq)} any more`)
  return [{ ...panel, event, use: null }, panel.use ? used(event, panel.use) : []]
}

const failed = (panel: EventPanel, error: string): PanelStep => [
  { ...panel, error, use: null },
  panel.use ? [{ type: 'notice', text: `${failures[panel.use]}: ${error}`, bad: true }] : [],
]

const failures: Record<EventUse, string> = { copy: 'not copied', bar: 'no bar' }

function used(event: BeaconEvent, use: EventUse): Effect[] {
  if (use === 'copy')
    return [
      { type: 'copy', text: JSON.stringify(event) },
      { type: 'notice', text: `copied event #${formatCount(event.seq)}` },
    ]
  const window = event.kind === 'claim' ? event.metadata.window_id : undefined
  if (typeof window !== 'string') return [{ type: 'notice', text: 'only a claim belongs to a bar' }]
  return [{ type: 'open', place: { view: 'bars', where: '', window } }]
}

const idOf = (seq: number): string => `event ${seq}`

const askEvent = (view: ViewName, seq: number): Effect => ({
  type: 'ask',
  ask: { view, id: idOf(seq), what: 'events', request: { from_seq: seq, to_seq: seq, limit: 1 } },
})

/** Rows of an open panel: the lower half, or all of a small screen. */
export const panelRows = (panel: EventPanel | null, { rows }: Size): number =>
  !panel?.open ? 0 : rows < small_rows ? rows : Math.ceil(rows / 2)
const small_rows = 20

/** By so many lines, as far as there is something. */
export function scrollPanel(panel: EventPanel, step: number, size: Size): EventPanel {
  const lines = panel.event ? jsonText(panel.event, size.columns).length : 0
  const last = Math.max(0, lines - panelRows(panel, size) + 1)
  return { ...panel, scroll: Math.max(0, Math.min(last, panel.scroll + step)) }
}

/** Exactly as many lines as `panelRows` says. `row` is what the list knows of the event until it is here. */
export function panelLines(panel: EventPanel, row: NewestRow | null, size: Size, paint: Paint): string[] {
  const height = panelRows(panel, size)
  if (height === 0) return []
  const content = contentOf(panel, row, size.columns, paint)
  const shown = content.slice(panel.scroll, panel.scroll + height - 1)
  const at = row ? ` ${formatClock(row.received_at_ms)}` : ''
  const place =
    content.length > shown.length
      ? `${panel.scroll + 1}–${panel.scroll + shown.length} of ${content.length} lines`
      : ''
  const lines = [ruleLine(`event #${formatCount(panel.seq)}${at}`, place, size.columns, paint), ...shown]
  while (lines.length < height) lines.push('')
  return lines
}

function contentOf(
  { event, error }: EventPanel,
  row: NewestRow | null,
  columns: number,
  paint: Paint,
): string[] {
  const json = (value: object): string[] =>
    jsonText(value, columns).map((line) => jsonLine(line, columns, paint))
  if (event) return json(event)
  const said: Piece =
    error === null ? ['  asking for it …', paint.dim] : [`  ${toSafeText(error)}`, paint.warn]
  const lines = [toLine([said], columns)]
  return row ? [...lines, '', ...json(row)] : lines
}

/** `── title ──────── note ──` in the theme's rule. */
export function ruleLine(title: string, note: string, columns: number, paint: Paint): string {
  const { rule } = paint.glyphs
  const ends = note === '' ? '' : ` ${note} ${rule.repeat(2)}`
  const head = `${rule.repeat(2)} `
  const fill = columns - displayWidth(head + title + ends) - 1
  return toLine(
    [
      [head, paint.dim],
      [title, paint.bold],
      [` ${rule.repeat(Math.max(0, fill))}${fill < 0 ? '' : ends}`, paint.dim],
    ],
    columns,
  )
}
