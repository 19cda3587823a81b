// Reads a stretch of the stream for a list: live rows out of frames, and what they did not show from the historian.

import { quoteText } from '../../core/expression.ts'
import type { EventsDocument, EventsRequest } from '../../core/history.ts'
import { hashAgent } from '../../core/subjects.ts'
import { type FleetFrame, type FleetQuery, viewLimits } from '../../core/view.ts'
import type { Answer, Effect, Model } from '../model.ts'
import type { ViewName } from '../view-names.ts'
import { appendLog, type EventList, emptyList, insertLog } from './event-list.ts'
import { countLog, type EventLog, type Gap, isEmpty } from './event-log.ts'
import { toStretch } from './to-event-row.ts'

/** Which events: null as `agent` for all, and an expression over events or an empty text. */
export type Scope = { agent: string | null; where: string }

export type EventReader = {
  scope: Scope
  /** Names the scope and the moment; null before the first. */
  key: string | null
  /** It reads up to a moment of the past. */
  past: boolean
  list: EventList
  /** The last frame whose events are in the list, when the next one goes on from there. */
  heard: { view: string; seq: number } | null
  /** Events that the frames passed over. */
  unseen: number
  load: Load | null
  /** Why the historian did not answer, in words. Not escaped. */
  error: string | null
}

/** A request on its way. `fresh` replaces the list. */
export type Load = { id: string; request: EventsRequest; kept: 'older' | 'newer'; fresh: boolean }

export const readerInit: EventReader = {
  scope: { agent: null, where: '' },
  key: null,
  past: false,
  list: emptyList,
  heard: null,
  unseen: 0,
  load: null,
  error: null,
}

export type ReaderStep = readonly [EventReader, Effect[]]

const page_events = 500

/** The scope as an expression over events; empty for all of them. */
export const whereOf = ({ agent, where }: Scope): string =>
  [agent === null ? '' : `agent:${quoteText(agent)}`, where].filter((term) => term !== '').join(' ')

/** What frames shall bring for this scope. */
export function newestQuery(scope: Scope): Partial<FleetQuery> {
  const where = whereOf(scope)
  return {
    limit: 0,
    tag: tagOf(scope),
    newest: viewLimits.newest_max,
    ...(where === '' ? {} : { newest_where: where }),
  }
}

/** The first frames after a change still answer the query before it, and hold other events. */
function tagOf(scope: Scope): string {
  return `events ${hashAgent(whereOf(scope)).toString(16)}`
}

/** Comes to this scope at the model's moment. The same as before goes on where it stood. */
export function enter(reader: EventReader, view: ViewName, model: Model, scope: Scope): ReaderStep {
  const { travel, live } = model
  const key = JSON.stringify([scope, travel?.target ?? null])
  const past = travel !== null
  // While the past is shown, frames come that nobody is told of.
  const heard = live && !past && !reader.past ? { view: live.frame.view, seq: live.frame.seq } : null
  if (key === reader.key) return [{ ...reader, heard }, []]
  // While travelling the rows of the moment before stay until those of the new one come: it must not flicker.
  const stays = past && JSON.stringify(scope) === JSON.stringify(reader.scope)
  const begun = { ...readerInit, scope, key, past, heard, list: stays ? reader.list : emptyList }
  const upTo: EventsRequest = !travel
    ? heard
      ? { to_seq: heard.seq }
      : {}
    : travel.shown && !travel.loading
      ? { to_seq: travel.shown.seq }
      : 'seq' in travel.target
        ? { to_seq: travel.target.seq }
        : { until_ms: travel.target.at_ms }
  return send(begun, view, { ...upTo, last: true, limit: page_events }, { fresh: true })
}

/** Takes in what a frame brings. */
export function hear(reader: EventReader, model: Model, frame: FleetFrame): EventReader {
  if (frame.tag !== tagOf(reader.scope)) return reader
  const heard = { view: frame.view, seq: frame.seq }
  const log = toLog(reader.heard, model, frame)
  if (isEmpty(log)) return { ...reader, heard }
  const list = appendLog(reader.list, log)
  return { ...reader, heard, list, unseen: reader.unseen + countLog(log).hidden }
}

/** The stretch of a frame. It begins behind the frame before, or at its first row when frames are missing in between. */
function toLog(
  before: EventReader['heard'],
  { live }: Model,
  { view, seq, newest, skipped }: FleetFrame,
): EventLog {
  const first = newest[0]?.seq
  const goesOn =
    before !== null && before.view === view && !missedRows(live?.newest ?? [], before.seq, first ?? seq + 1)
  const rows = goesOn ? newest.filter((row) => row.seq > before.seq) : newest
  const from_seq = goesOn ? before.seq + 1 : (first ?? seq + 1)
  if (!goesOn || skipped === 0) return { items: rows, from_seq, to_seq: seq }
  const gap: Gap = { from_seq, to_seq: (first ?? seq + 1) - 1, count: skipped }
  return { items: gap.to_seq < gap.from_seq ? rows : [gap, ...rows], from_seq, to_seq: seq }
}

/** Frames came that we were not told of, as while paused: the picture has rows of them. */
const missedRows = (newest: { seq: number }[], after: number, before: number): boolean =>
  newest.some(({ seq }) => seq > after && seq < before)

/** Older events than those held; nothing when there are none, or while something is on its way. */
export function loadOlder(reader: EventReader, view: ViewName, limit = page_events): ReaderStep {
  const { log } = reader.list
  if (reader.load || isEmpty(log) || log.from_seq <= 0) return [reader, []]
  return send(reader, view, { to_seq: log.from_seq - 1, last: true, limit })
}

/** The events of a gap next to its newer end, or to its older one when nothing newer is held. */
export function loadGap(reader: EventReader, view: ViewName, gap: Gap, limit = page_events): ReaderStep {
  if (reader.load) return [reader, []]
  const { from_seq, to_seq } = gap
  const isLast = to_seq === reader.list.log.to_seq
  const request = { from_seq, to_seq, limit, ...(isLast ? {} : { last: true }) }
  return send(reader, view, request, { kept: isLast ? 'newer' : 'older' })
}

export function send(
  reader: EventReader,
  view: ViewName,
  asked: EventsRequest,
  { kept = 'older', fresh = false }: Partial<Pick<Load, 'kept' | 'fresh'>> = {},
): ReaderStep {
  const { agent, where } = reader.scope
  const request = { ...asked, ...(agent === null ? {} : { agent }), ...(where === '' ? {} : { where }) }
  const id = `load ${JSON.stringify([reader.key, request])}`
  const load: Load = { id, request, kept, fresh }
  return [{ ...reader, load, error: null }, [{ type: 'ask', ask: { view, id, what: 'events', request } }]]
}

/** Takes an answer in when it is the one that is waited for. */
export function receive(reader: EventReader, id: string, answer: Answer): EventReader {
  const { load, list } = reader
  if (load?.id !== id) return reader
  if (!answer.ok) return { ...reader, load: null, error: answer.error }
  const stretch = toStretch(load.request, answer.value as EventsDocument)
  // Live rows that came meanwhile stay; those of another moment do not.
  const before = load.fresh && reader.past ? emptyList : list
  return { ...reader, load: null, list: insertLog(before, stretch, load.kept) }
}
