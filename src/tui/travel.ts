// Time travel: the screen shows the fleet as it was at a moment. What to do with the keys, and with the answers.

import type { FleetAt, RangeDocument } from '../core/history.ts'
import { frameSchema } from '../core/view.ts'
import { scrubberCells } from './layout.ts'
import {
  type Answer,
  type Effect,
  liveNow,
  type Model,
  type Moment,
  momentOf,
  type Picture,
  type Travel,
} from './model.ts'
import { tell } from './tell.ts'

type Step = readonly [model: Model, effects: Effect[]]

const second_ms = 1_000
const minute_ms = 60 * second_ms
const span_start_ms = 10 * minute_ms
const spans = { least_ms: 10 * second_ms, most_ms: 400 * 24 * 60 * minute_ms }
/** How often the histogram is asked for anew while its end is the present. */
const range_stale_ms = 5_000

/** Shows that moment; the first time the scrubber opens. */
export function travelTo(model: Model, target: Moment): Step {
  const { travel } = model
  if (travel) return withTarget(model, travel, target)
  const live = model.held ?? model.live
  const now_ms = liveNow(model)
  const at_ms = 'at_ms' in target ? target.at_ms : now_ms
  const opened: Travel = {
    target,
    // The present stays until the past is there: nothing blinks.
    shown: live && { ...live, seq: live.frame.seq },
    loading: true,
    error: null,
    range: null,
    window: windowAround(at_ms, Math.max(span_start_ms, 2 * (now_ms - at_ms)), now_ms),
    trail: model.trail.length,
  }
  const next = { ...model, travel: opened, held: null }
  return [next, askRange(next, opened)]
}

export const startTravel = (model: Model): Step => travelTo(model, { at_ms: Math.floor(liveNow(model)) })

export function stopTravel(model: Model): Step {
  if (!model.travel) return [model, []]
  return tell({ ...model, travel: null }, { type: 'entered' })
}

export function actInTravel(model: Model, travel: Travel, action: string): Step {
  switch (action) {
    case 'second_back':
      return stepTime(model, travel, -second_ms)
    case 'second_on':
      return stepTime(model, travel, second_ms)
    case 'minute_back':
      return stepTime(model, travel, -minute_ms)
    case 'minute_on':
      return stepTime(model, travel, minute_ms)
    case 'event_back':
      return stepEvent(model, travel, -1)
    case 'event_on':
      return stepEvent(model, travel, 1)
    case 'zoom_in':
      return zoom(model, travel, 1 / 3)
    case 'zoom_out':
      return zoom(model, travel, 3)
    default:
      return [model, []]
  }
}

/** A click on the histogram. */
export function pickCell(model: Model, travel: Travel, cell: number): Step {
  const { from_ms, to_ms } = travel.window
  const at_ms = Math.round(from_ms + ((to_ms - from_ms) * (cell + 0.5)) / scrubberCells(model))
  return withTarget(model, travel, { at_ms: Math.min(at_ms, Math.floor(liveNow(model))) })
}

/** The historian's answer for a moment that was wanted: shown even when another one is wanted by now. */
export function showMoment(model: Model, travel: Travel, target: Moment, answer: Answer): Step {
  const loading = !isSame(target, travel.target)
  if (!answer.ok) return [{ ...model, travel: { ...travel, loading, error: answer.error } }, []]
  const fleet = answer.value as FleetAt
  const shown = { ...toPicture(fleet, model.now_ms), seq: fleet.seq }
  const next = withinWindow(model, { ...travel, shown, loading, error: null })
  const moved = !travel.shown || travel.shown.seq !== shown.seq || travel.shown.at_ms !== shown.at_ms
  const [told, effects] = moved
    ? tell({ ...model, travel: next }, { type: 'entered' })
    : [{ ...model, travel: next }, []]
  return [told, next.window === travel.window ? effects : [...effects, ...askRange(told, next)]]
}

export function takeRange(model: Model, travel: Travel, id: string, answer: Answer): Step {
  // Without a histogram the rest still works; an answer for another window is too late.
  if (!answer.ok || id !== rangeId(travel)) return [model, []]
  return [{ ...model, travel: { ...travel, range: answer.value as RangeDocument } }, []]
}

/** The present moves on: so does the end of the histogram. */
export function tickTravel(model: Model, travel: Travel): Effect[] {
  const now_ms = liveNow(model)
  const due = Math.floor(now_ms / range_stale_ms) !== Math.floor((now_ms - second_ms) / range_stale_ms)
  return due && travel.window.to_ms >= now_ms - range_stale_ms ? askRange(model, travel) : []
}

function stepTime(model: Model, travel: Travel, step_ms: number): Step {
  const at_ms = Math.min(Math.floor(liveNow(model)), momentOf(travel) + step_ms)
  return withTarget(model, travel, { at_ms: Math.max(travel.range?.oldest_ms ?? 0, at_ms) })
}

function stepEvent(model: Model, travel: Travel, step: number): Step {
  const from = 'seq' in travel.target ? travel.target.seq : (travel.shown?.seq ?? 0)
  const first = travel.range?.first_seq ?? 1
  return withTarget(model, travel, { seq: Math.max(first, from + step) })
}

function zoom(model: Model, travel: Travel, factor: number): Step {
  const { from_ms, to_ms } = travel.window
  const span_ms = Math.min(spans.most_ms, Math.max(spans.least_ms, (to_ms - from_ms) * factor))
  const next = { ...travel, window: windowAround(momentOf(travel), span_ms, liveNow(model)) }
  return [{ ...model, travel: next }, askRange(model, next)]
}

function withTarget(model: Model, travel: Travel, target: Moment): Step {
  if (isSame(target, travel.target)) return [model, []]
  const next = withinWindow(model, { ...travel, target, loading: true })
  return [{ ...model, travel: next }, next.window === travel.window ? [] : askRange(model, next)]
}

/** A moment outside of the histogram takes it along. */
function withinWindow(model: Model, travel: Travel): Travel {
  const { from_ms, to_ms } = travel.window
  const at_ms = momentOf(travel)
  if (at_ms === 0 || (at_ms >= from_ms && at_ms <= to_ms)) return travel
  return { ...travel, window: windowAround(at_ms, to_ms - from_ms, liveNow(model)) }
}

/** The moment at three quarters, or the present at the end. */
function windowAround(at_ms: number, span_ms: number, now_ms: number): Travel['window'] {
  const to_ms = Math.round(Math.min(now_ms, at_ms + span_ms / 4))
  return { from_ms: Math.round(to_ms - span_ms), to_ms }
}

const isSame = (a: Moment, b: Moment): boolean =>
  'seq' in a ? 'seq' in b && a.seq === b.seq : 'at_ms' in b && a.at_ms === b.at_ms

const rangeId = ({ window }: Travel): string => `${window.from_ms}-${window.to_ms}`

const askRange = (model: Model, travel: Travel): Effect[] => {
  const { from_ms, to_ms } = travel.window
  const request = { since_ms: from_ms, until_ms: to_ms, buckets: scrubberCells(model) }
  return [{ type: 'ask', ask: { view: 'travel', id: rangeId(travel), what: 'range', request } }]
}

const toPicture = ({ at_ms, body }: FleetAt, now_ms: number): Picture => ({
  frame: { ...body, schema: frameSchema, type: 'frame', view: 'past', frame: 0, coalesced: 0 },
  heard_ms: now_ms,
  at_ms,
  newest: body.newest.toReversed(),
  history: { until_s: body.seconds.from_s + body.seconds.counts.length, counts: body.seconds.counts },
  skipped: body.skipped,
  coalesced: 0,
})
