// The aggregator: the stream's events, folded into the live state of the fleet, and views on it.
//
// It reads the stream by itself and waits for nobody. Its state is derived: after any death it folds again, from the
// oldest event that the stream still holds.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { connectBroker } from '../../client/connect.ts'
import { type EventFeed, openEventFeed } from '../../client/event-feed.ts'
import { rateOver } from '../../core/arrivals.ts'
import { type Fleet, fold, makeFleet, pass } from '../../core/fleet.ts'
import { parseFleetEvent } from '../../core/fleet-event.ts'
import { eventsStream, parseEventSubject } from '../../core/subjects.ts'
import { type Lag, viewLimits } from '../../core/view.ts'
import type { Service, ServiceContext } from '../service.ts'
import { startViewService } from './view-service.ts'
import { type Moment, makeViews, tickViews } from './views.ts'

const report_ms = 1_000
const retry_ms = 250
/** The histogram counts the waits between its own timer's ticks, so an idle loop reads as this much. */
const delay_resolution_ms = 10

export const runAggregator: Service = async (context) => {
  const { log } = context
  const nc = await connectBroker({ url: context.nats_url, name: context.instance, timeout_ms: 5_000 })
  const fleet = makeFleet()
  const views = makeViews()
  const counts = { unreadable: 0, missed: 0 }
  const delay = monitorEventLoopDelay({ resolution: delay_resolution_ms })
  const timers: NodeJS.Timeout[] = []
  try {
    const feed = await openWhenThere(nc, context, counts)
    if (!feed) return
    const now = (): Moment => ({
      monotonic_ms: performance.now(),
      wall_ms: Date.now(),
      lag: toLag(fleet, feed),
    })
    const service = await startViewService(nc, views, fleet, now)
    delay.enable()
    timers.push(
      setInterval(() => tickViews(views, fleet, now(), service.send), viewLimits.interval_ms),
      setInterval(() => {
        context.report({
          seq: fleet.seq,
          lag: feed.pending(),
          rate_per_s: Math.round(rateOver(fleet.arrivals, Date.now(), 1_000)),
          agents: fleet.ids.length,
          events_total: fleet.events,
          duplicate_total: fleet.duplicates,
          unreadable_total: counts.unreadable,
          missed_total: counts.missed,
          views: views.open.size,
          frames_total: views.frames_total,
          coalesced_total: views.coalesced_total,
          event_loop_delay_p99_ms: toDelay(delay),
        })
        delay.reset()
      }, report_ms),
    )
    context.ready()
    await foldFeed(feed, fleet, counts)
    await service.stop()
  } finally {
    for (const timer of timers) clearInterval(timer)
    delay.disable()
    await nc
      .drain()
      .catch((error: unknown) => log.warn({ error: String(error) }, 'the connection did not drain'))
  }
}

/** The 99th percentile of the event loop's delay in milliseconds, with one decimal. */
const toDelay = (delay: ReturnType<typeof monitorEventLoopDelay>): number =>
  Math.max(0, Math.round(delay.percentile(99) / 1e5 - delay_resolution_ms * 10) / 10)

/** Until the feed ends with the signal. */
async function foldFeed(feed: EventFeed, fleet: Fleet, counts: { unreadable: number }): Promise<void> {
  for (;;) {
    const messages = await feed.next()
    if (!messages) return
    for (const { seq, subject, data } of messages) {
      const agentId = subject.startsWith('beacon.ev.') ? parseEventSubject(subject) : undefined
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
      const event = agentId === undefined ? undefined : parseFleetEvent(bytes, seq, agentId)
      if (event) fold(fleet, event)
      else {
        pass(fleet, seq)
        if (agentId !== undefined) counts.unreadable++
      }
    }
  }
}

function toLag(fleet: Fleet, feed: EventFeed): Lag {
  const events = feed.pending()
  return { events, ms: events === 0 ? 0 : Math.max(0, Date.now() - fleet.received_at_ms) }
}

/** The feed from the stream's oldest event on; waits while the broker has no such stream. Undefined when told to stop. */
async function openWhenThere(
  nc: NatsConnection,
  { log, signal }: ServiceContext,
  counts: { missed: number },
): Promise<EventFeed | undefined> {
  const jsm = await jetstreamManager(nc, { checkAPI: false })
  for (;;) {
    if (signal.aborted) return undefined
    try {
      const { state } = await jsm.streams.info(eventsStream)
      return await openEventFeed(nc, {
        from: Math.max(1, state.first_seq),
        signal,
        onHole: (from, to) => {
          counts.missed += to - from
          log.warn({ from, to }, 'the stream does not hold these sequences (any more)')
        },
        onRestart: (reason) => log.warn({ reason }, 'reading the stream anew'),
      })
    } catch (error) {
      log.debug({ error: String(error) }, 'the stream cannot be read yet; it is tried again')
      await sleep(retry_ms)
    }
  }
}
