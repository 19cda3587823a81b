// Answers about the past, as JSON: what the archive, the checkpoints and the end of the stream say together.

import type { NatsConnection } from '@nats-io/nats-core'
import type { Logger } from 'pino'
import { makeWatch } from '../../core/event-watch.ts'
import { toAgentDocument } from '../../core/explain-agent.ts'
import { type Fleet, makeFleet } from '../../core/fleet.ts'
import { orderAgents } from '../../core/fleet-order.ts'
import { pictureAt } from '../../core/fleet-picture.ts'
import { nothingShown, toBody } from '../../core/fleet-view.ts'
import type { FleetAt, RangeDocument } from '../../core/history.ts'
import { ArchiveReader } from '../archive/archive-reader.ts'
import type { Home } from '../home.ts'
import { barsLimits, findBars } from './find-bars.ts'
import { findEvents, searchLimits } from './find-events.ts'
import {
  type FleetAtSearch,
  parseBarsRequest,
  parseEventsRequest,
  parseFleetAtRequest,
  parseRangeRequest,
} from './history-request.ts'
import { mergedBars } from './merged-bars.ts'
import { mergedEvents, receivedAt, type StoredEvent } from './merged-events.ts'
import { PastFleets } from './past-fleets.ts'
import { type Recent, RecentEvents } from './recent-events.ts'
import { Refusal } from './refusal.ts'

export type History = {
  events(request: unknown): Promise<string>
  fleet(request: unknown): Promise<string>
  agent(request: unknown): Promise<string>
  range(request: unknown): string
  bars(request: unknown): Promise<string>
  stats(): Record<string, number>
  close(): Promise<void>
}

export type HistoryOptions = {
  nc: NatsConnection
  home: Home
  log: Logger
  signal: AbortSignal
  /** Of one answer. */
  bytes_max: number
}

export function openHistory({ nc, home, log, signal, bytes_max }: HistoryOptions): History {
  const reader = new ArchiveReader(home.archive)
  const recentEvents = new RecentEvents(nc, home.archive, reader)
  const past = new PastFleets({ reader, dir: home.fleet, log, signal })
  const onDamage = (block: string): void => log.warn({ block }, 'a damaged block is left out of the answers')

  /** The fleet at a moment goes to `use`, with the time of it. */
  const at = async <T>({ moment }: FleetAtSearch, use: (fleet: Fleet, at_ms: number) => T): Promise<T> => {
    const recent = await recentEvents.upToNow()
    const last = lastEventAt(reader, recent, moment, onDamage)
    if (!last) return use(makeFleet(1), 'at_ms' in moment ? moment.at_ms : 0)
    const at_ms = 'at_ms' in moment ? moment.at_ms : receivedAt(last)
    return await past.at(last, recent, (fleet) => use(fleet, at_ms))
  }

  return {
    async events(request) {
      const search = parseEventsRequest(request)
      const recent = await recentEvents.upToNow()
      const events = mergedEvents(reader, recent, { ...search, newestFirst: search.last }, onDamage)
      return await findEvents(events, search, { ...searchLimits, bytes_max })
    },
    async fleet(request) {
      const search = parseFleetAtRequest(request, 'fleet')
      return await at(search, (fleet, at_ms) => toSized(toFleetAt(fleet, search, at_ms), bytes_max))
    },
    async agent(request) {
      const search = parseFleetAtRequest(request, 'agent')
      return await at(search, (fleet, at_ms) => {
        const agent = fleet.numbers.get(search.agent ?? '')
        if (agent === undefined) throw new Refusal(404, 'that agent was not heard of by then')
        return toSized(toAgentDocument(fleet, agent, at_ms), bytes_max)
      })
    },
    async bars(request) {
      const search = parseBarsRequest(request)
      const recent = await recentEvents.upToNow()
      return await findBars(mergedBars(reader, recent, search, onDamage), search, {
        ...barsLimits,
        bytes_max,
      })
    },
    range: (request) => JSON.stringify(toRange(reader, parseRangeRequest(request))),
    stats: () => ({ ...past.stats(), recent_events: recentEvents.size }),
    async close() {
      recentEvents.close()
      await reader.close()
    },
  }
}

/** The last event at or before a moment; undefined before the first. */
function lastEventAt(
  reader: ArchiveReader,
  recent: Recent,
  moment: FleetAtSearch['moment'],
  onDamage: (block: string) => void,
): StoredEvent | undefined {
  const until = 'at_ms' in moment ? { until_ms: moment.at_ms } : { to_seq: moment.seq }
  for (const event of mergedEvents(reader, recent, { ...until, newestFirst: true }, onDamage)) return event
  return undefined
}

function toFleetAt(fleet: Fleet, { query }: FleetAtSearch, at_ms: number): FleetAt {
  const picture = pictureAt(fleet, at_ms)
  const { newest_where } = query
  const newest = newest_where === undefined ? undefined : makeWatch(newest_where, fleet.newest)?.newest
  const nothingWaits = { events: 0, ms: 0 }
  const { body } = toBody(picture, query, orderAgents(picture, query), nothingShown, nothingWaits, { newest })
  return { schema: 'beacon.fleet_at.v1', at_ms, seq: fleet.seq, body }
}

function toRange(
  { timeline }: ArchiveReader,
  { since_ms, until_ms, buckets }: ReturnType<typeof parseRangeRequest>,
): RangeDocument {
  const bounds = timeline.bounds()
  const from_ms = since_ms ?? bounds?.oldest_ms ?? until_ms ?? 0
  const to_ms = until_ms ?? bounds?.newest_ms ?? from_ms
  return {
    schema: 'beacon.range.v1',
    first_seq: bounds?.first.seq ?? null,
    last_seq: bounds?.last.seq ?? null,
    oldest_ms: bounds?.oldest_ms ?? null,
    newest_ms: bounds?.newest_ms ?? null,
    from_ms,
    to_ms,
    buckets: timeline.histogram(from_ms, to_ms, buckets),
  }
}

/** Events are cut to what the broker carries; a fleet is not, so that no row is missing unseen. */
function toSized(document: object, bytes_max: number): string {
  const json = JSON.stringify(document)
  const bytes = Buffer.byteLength(json)
  if (bytes > bytes_max)
    throw new Refusal(400, `query.limit: the answer has ${bytes} bytes, the broker carries ${bytes_max}`)
  return json
}
