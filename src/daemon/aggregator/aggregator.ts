// The aggregator: the stream's events, folded into the live state of the fleet, and views on it.
//
// It reads the stream by itself and waits for nobody. Its state is derived: after any death it is the nearest checkpoint,
// what the archive holds behind it, and then the stream.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { connectBroker } from '../../client/connect.ts'
import { type EventFeed, openEventFeed } from '../../client/event-feed.ts'
import { rateOver } from '../../core/arrivals.ts'
import type { Fleet } from '../../core/fleet.ts'
import { commandSubjects } from '../../core/order.ts'
import { lookBefore, makeReverb, type Reverb } from '../../core/reverb.ts'
import { eventsStream } from '../../core/subjects.ts'
import { type Lag, viewLimits } from '../../core/view.ts'
import { type Checkpointer, makeCheckpointer } from '../fleet/checkpointer.ts'
import { type RecoveredFleet, recoverFleet } from '../fleet/recover-fleet.ts'
import type { Service, ServiceContext } from '../service.ts'
import { takeEnded, turnLeases } from './ended-agents.ts'
import { foldMessages, type LivePicture, type Moment, makeLivePicture } from './live-picture.ts'
import { type ReverbService, startReverb } from './reverb.ts'
import { makeReverbCounts } from './reverb-counts.ts'
import { startViewService } from './view-service.ts'
import { makeViews, tickViews } from './views.ts'

const report_ms = 1_000
const retry_ms = 250
/** Gateways that are deaf say so each half second. */
const deaf_ms = 1_000
const lag_ms_max = 1_000
/** The histogram counts the waits between its own timer's ticks, so an idle loop reads as this much. */
const delay_resolution_ms = 10

export const runAggregator: Service = async (context) => {
  const { home, config, log } = context
  const nc = await connectBroker({ url: context.nats_url, name: context.instance, timeout_ms: 5_000 })
  const counts = { missed: 0 }
  const delay = monitorEventLoopDelay({ resolution: delay_resolution_ms })
  const timers: NodeJS.Timeout[] = []
  let checkpointer: Checkpointer | undefined
  let reports: ReverbService | undefined
  try {
    const reverb = makeReverb(config.cluster, config.tempo_bpm)
    const recovered = await recoverWhileAlive(context, reverb)
    const feed = recovered && (await openWhenThere(nc, context, recovered, counts))
    if (!feed) return
    const { fleet, epoch } = recovered
    checkpointer = makeCheckpointer({ home, fleet, epoch, log })
    const live = makeLivePicture(fleet, reverb)
    const reportCounts = makeReverbCounts(live)
    const jsm = await jetstreamManager(nc, { checkAPI: false })
    reports = startReverb({ nc, jsm, live, counts: reportCounts, log })
    const views = makeViews(live, () => performance.now())
    const isCutOff = watchConnection(nc)
    const isDeaf = watchDeafness(nc)
    const now = (): Moment => ({
      monotonic_ms: performance.now(),
      wall_ms: Date.now(),
      lag: toLag(fleet, feed),
      cut_off: isCutOff(),
      deaf: isDeaf(),
    })
    const { beat } = reports
    const { metrics } = reportCounts
    const service = await startViewService({ nc, views, now, beat, metrics, instance: context.instance })
    const tick = (): void => {
      const moment = now()
      tickViews(views, moment, service.send)
      tellEnded(nc, live, moment.lag)
    }
    tick()
    delay.enable()
    timers.push(
      setInterval(tick, viewLimits.interval_ms),
      setInterval(() => {
        context.report({
          seq: fleet.seq,
          lag: feed.pending(),
          rate_per_s: Math.round(rateOver(fleet.arrivals, Date.now(), 1_000)),
          agents: fleet.ids.length,
          events_total: fleet.events,
          duplicate_total: fleet.duplicates,
          unreadable_total: live.unreadable,
          missed_total: counts.missed,
          views: views.open.size,
          frames_total: views.frames_total,
          coalesced_total: views.coalesced_total,
          event_loop_delay_p99_ms: toDelay(delay),
          ...checkpointer?.stats(),
          ...reportCounts.snapshot(),
        })
        delay.reset()
      }, report_ms),
    )
    context.ready()
    await foldFeed(feed, live, checkpointer, reports)
    await service.stop()
  } finally {
    for (const timer of timers) clearInterval(timer)
    delay.disable()
    reports?.close()
    await checkpointer?.close()
    await nc
      .drain()
      .catch((error: unknown) => log.warn({ error: String(error) }, 'the connection did not drain'))
  }
}

/** A long recovery reports too, so that nobody takes it for a hang. Undefined when told to stop. */
async function recoverWhileAlive(
  context: ServiceContext,
  reverb: Reverb,
): Promise<RecoveredFleet | undefined> {
  const { home, log, signal } = context
  const timer = setInterval(() => context.report({ recovering: true }), report_ms)
  try {
    return await recoverFleet(home, log, signal, (fleet, bar) =>
      lookBefore(reverb, bar, { fleet, now_ms: Date.now() }),
    )
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  } finally {
    clearInterval(timer)
  }
}

/** The 99th percentile of the event loop's delay in milliseconds, with one decimal. */
const toDelay = (delay: ReturnType<typeof monitorEventLoopDelay>): number =>
  Math.max(0, Math.round(delay.percentile(99) / 1e5 - delay_resolution_ms * 10) / 10)

/** Until the feed ends with the signal. */
async function foldFeed(
  feed: EventFeed,
  live: LivePicture,
  checkpointer: Checkpointer,
  reports: ReverbService,
): Promise<void> {
  for (;;) {
    const messages = await feed.next()
    if (!messages) return
    foldMessages(live, messages, Date.now())
    checkpointer.folded()
    reports.folded()
  }
}

function toLag(fleet: Fleet, feed: EventFeed): Lag {
  const events = feed.pending()
  return { events, ms: events === 0 ? 0 : Math.max(0, Date.now() - fleet.received_at_ms) }
}

/** Tells whether the broker cannot be reached now. */
function watchConnection(nc: NatsConnection): () => boolean {
  let cutOff = false
  void (async () => {
    for await (const { type } of nc.status()) {
      if (type === 'disconnect') cutOff = true
      if (type === 'reconnect') cutOff = false
    }
  })()
  return () => cutOff
}

/** Tells whether a gateway said just now that it cannot store heartbeats. */
function watchDeafness(nc: NatsConnection): () => boolean {
  let said_ms = Number.NEGATIVE_INFINITY
  nc.subscribe(commandSubjects.deaf, {
    callback(error) {
      if (!error) said_ms = performance.now()
    },
  })
  return () => performance.now() - said_ms < deaf_ms
}

/** What waits in the stream may be a sign of life: then nobody is called ended yet. */
function tellEnded(nc: NatsConnection, { ended, fleet, clock }: LivePicture, lag: Lag): void {
  if (lag.ms > lag_ms_max || nc.isClosed()) return
  turnLeases(ended, fleet, clock)
  const told = takeEnded(ended, fleet, clock)
  if (told) nc.publish(commandSubjects.ended, JSON.stringify(told))
}

/**
 * The feed from where the recovered fleet ends, or from the stream's oldest event if that is newer; waits while the broker
 * has no such stream. Undefined when told to stop.
 */
async function openWhenThere(
  nc: NatsConnection,
  { log, signal }: ServiceContext,
  { next_seq }: RecoveredFleet,
  counts: { missed: number },
): Promise<EventFeed | undefined> {
  const jsm = await jetstreamManager(nc, { checkAPI: false })
  const onHole = (from: number, to: number): void => {
    counts.missed += to - from
    log.warn({ from, to }, 'the stream does not hold these sequences (any more)')
  }
  for (;;) {
    if (signal.aborted) return undefined
    try {
      const { state } = await jsm.streams.info(eventsStream)
      const from = Math.max(next_seq, state.first_seq, 1)
      const feed = await openEventFeed(nc, {
        from,
        signal,
        onHole,
        onRestart: (reason) => log.warn({ reason }, 'reading the stream anew'),
      })
      // Without an archive nothing was remembered, so nothing is missed.
      if (next_seq > 1 && from > next_seq) onHole(next_seq, from)
      return feed
    } catch (error) {
      log.debug({ error: String(error) }, 'the stream cannot be read yet; it is tried again')
      await sleep(retry_ms)
    }
  }
}
