// What the aggregator holds: the fleet as it is folded, and what only someone who is always there can know of it: the past
// minutes, matching events that went by, and how long Beacon itself stood still.

import type { FeedMessage } from '../../client/event-feed.ts'
import { barSubjects } from '../../core/bar-report.ts'
import { noteReport } from '../../core/bars.ts'
import { type EventWatches, watchEvent } from '../../core/event-watch.ts'
import { type Fleet, fold, pass } from '../../core/fleet.ts'
import { parseFleetEvent } from '../../core/fleet-event.ts'
import { makePicture, movePicture, type Picture } from '../../core/fleet-picture.ts'
import { totalsOf } from '../../core/fleet-totals.ts'
import { type JudgingClock, makeJudgingClock, momentFor, tickClock } from '../../core/judging-clock.ts'
import { hearReport, lookBefore, makeReverb, type Reverb } from '../../core/reverb.ts'
import { makeSeries, type SeriesRing, sampleSeries } from '../../core/series.ts'
import { parseBarReport } from '../../core/stored-report.ts'
import { parseEventSubject } from '../../core/subjects.ts'
import { type Lag, viewLimits } from '../../core/view.ts'
import { type EndedWatch, makeEndedWatch, watchAgent } from './ended-agents.ts'

export type LivePicture = {
  fleet: Fleet
  picture: Picture
  clock: JudgingClock
  series: SeriesRing
  watches: EventWatches
  reverb: Reverb
  ended: EndedWatch
  /** Claims that were folded here. */
  claims: number
  /** Messages under an event's subject that are no event. */
  unreadable: number
  /** How old events were when they were taken in: the highest age of this second. */
  age_ms: number
}

/** A moment outside: times of a clock that never goes back, and of the wall. */
export type Moment = { monotonic_ms: number; wall_ms: number; lag: Lag; cut_off: boolean; deaf: boolean }

export const makeLivePicture = (fleet: Fleet, reverb = makeReverb('beacon')): LivePicture => ({
  fleet,
  picture: makePicture(fleet),
  clock: makeJudgingClock(fleet.received_at_ms),
  series: makeSeries(),
  watches: new Map(),
  reverb,
  ended: makeEndedWatch(fleet, fleet.received_at_ms),
  claims: 0,
  unreadable: 0,
  age_ms: 0,
})

/** Of a million agents a tick looks at those that were heard, and at so many of the others. */
const slice_max = 100_000

export function foldMessages(live: LivePicture, messages: FeedMessage[], now_ms: number): void {
  const { fleet, watches, reverb } = live
  const reports = `${barSubjects.stored}.${reverb.cluster_id}`
  for (const { seq, subject, data } of messages) {
    const agentId = subject.startsWith('beacon.ev.') ? parseEventSubject(subject) : undefined
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    const event = agentId === undefined ? undefined : parseFleetEvent(bytes, seq, agentId)
    if (event) {
      const { events } = fleet
      if (event.claim) lookBefore(reverb, event.claim, { fleet, now_ms })
      const agent = fold(fleet, event)
      if (agent !== undefined) watchAgent(live.ended, fleet, agent)
      if (fleet.events > events) {
        if (event.claim) live.claims++
        if (watches.size > 0) watchEvent(watches, event)
      }
      live.age_ms = Math.max(live.age_ms, now_ms - event.received_at_ms)
    } else {
      pass(fleet, seq)
      if (agentId !== undefined) live.unreadable++
      if (subject === reports) foldReport(live, bytes, now_ms)
    }
  }
}

/** Aggregators learn from the stream alone what was reported, by themselves or by others. */
function foldReport({ fleet, reverb }: LivePicture, bytes: Buffer, now_ms: number): void {
  const report = parseBarReport(bytes.toString())
  if (!report) return
  lookBefore(reverb, report, { fleet, now_ms })
  noteReport(fleet.bars, report)
  hearReport(reverb, report)
}

/** Called each `viewLimits.interval_ms`; with `looked_at`, somebody wants to see the picture. */
export function tickPicture(live: LivePicture, moment: Moment, looked_at: boolean): void {
  const { fleet, clock, series } = live
  const { wall_ms, lag, cut_off, deaf } = moment
  const { arrivals, received_at_ms } = fleet
  const interval_ms = viewLimits.interval_ms
  tickClock(clock, { wall_ms, interval_ms, arrivals, received_at_ms, pending: lag.events, cut_off, deaf })
  const second_s = Math.floor(wall_ms / 1_000) - 1
  const sampled = second_s !== series.second_s
  if (looked_at || sampled) moveLive(live)
  if (!sampled) return
  sampleSeries(series, second_s, totalsOf(live.picture), live.age_ms)
  live.age_ms = 0
}

/** Brings the picture up to what is folded, between two ticks too; `whole` when nothing of it may be older. */
export function moveLive({ fleet, picture, clock }: LivePicture, whole = false): void {
  const { last_seen_ms } = fleet.columns
  const momentOf = (agent: number): number => momentFor(clock, last_seen_ms[agent] as number)
  movePicture(picture, clock.moment_ms, whole ? Number.POSITIVE_INFINITY : slice_max, momentOf)
}
