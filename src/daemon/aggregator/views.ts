// The open views: when each is due a frame, and what a viewer that does not keep up costs (nothing but its own frames).
//
// At most one frame of a view is unconfirmed. What falls due meanwhile is not queued but left out and counted, so that
// a stalled viewer holds no memory and delays nobody. Time is an argument: milliseconds of any clock that never goes back.

import type { Fleet } from '../../core/fleet.ts'
import { nothingShown, orderFleet, type Shown, toFleetBody } from '../../core/fleet-view.ts'
import type { Window } from '../../core/select-window.ts'
import { type FleetQuery, frameSchema, type Lag, type ViewMessage, viewLimits } from '../../core/view.ts'

export type View = {
  id: string
  /** Where its messages go. */
  subject: string
  query: FleetQuery
  /** Number of the last message that wants a confirmation; confirmed when equal to `confirmed`. */
  frame: number
  confirmed: number
  sent_ms: number
  /** Left out since the last frame. */
  coalesced: number
  shown: Shown
  /** Sequence that the last frame held; -1 asks for a frame even when nothing came. */
  seq: number
  window: Window | undefined
  ordered_ms: number
}

export type Views = {
  open: Map<string, View>
  frames_total: number
  coalesced_total: number
}

export type Send = (view: View, message: ViewMessage) => void
export type Moment = { monotonic_ms: number; wall_ms: number; lag: Lag }

export const makeViews = (): Views => ({ open: new Map(), frames_total: 0, coalesced_total: 0 })

export function openView(views: Views, id: string, subject: string, query: FleetQuery, now_ms: number): void {
  views.open.set(id, {
    id,
    subject,
    query,
    frame: 0,
    confirmed: 0,
    sent_ms: now_ms,
    coalesced: 0,
    shown: nothingShown,
    seq: -1,
    window: undefined,
    ordered_ms: 0,
  })
}

/** The next frame follows the new query. False when there is no such view. */
export function updateView(views: Views, id: string, query: FleetQuery): boolean {
  const view = views.open.get(id)
  if (!view) return false
  view.query = query
  view.window = undefined
  view.seq = -1
  return true
}

export function confirmFrame(views: Views, id: string, frame: number): void {
  const view = views.open.get(id)
  if (view && frame > view.confirmed && frame <= view.frame) view.confirmed = frame
}

export function closeView(views: Views, id: string, reason: string, send: Send): void {
  const view = views.open.get(id)
  if (!view) return
  views.open.delete(id)
  send(view, { schema: frameSchema, type: 'closed', view: id, reason })
}

/** Sends what is due now. Called each `viewLimits.interval_ms`. */
export function tickViews(views: Views, fleet: Fleet, moment: Moment, send: Send): void {
  for (const view of views.open.values()) {
    const quiet_ms = moment.monotonic_ms - view.sent_ms
    const changed = view.seq !== fleet.seq
    if (view.confirmed !== view.frame) {
      if (quiet_ms > viewLimits.confirm_ms)
        closeView(views, view.id, `no confirmation for ${viewLimits.confirm_ms / 1_000} s`, send)
      else if (changed) {
        view.coalesced++
        views.coalesced_total++
      }
      continue
    }
    // While events are fresh the rates still fall, each second, though no event comes.
    const settling =
      quiet_ms >= viewLimits.quiet_ms && moment.wall_ms - fleet.received_at_ms < settle_ms && fleet.events > 0
    if (changed || settling) sendFrame(views, view, fleet, moment, send)
    else if (quiet_ms >= viewLimits.quiet_ms) sendQuiet(view, moment, send)
  }
}

/** After so long without an event the slowest rate shown is zero. */
const settle_ms = 62_000

function sendFrame(views: Views, view: View, fleet: Fleet, moment: Moment, send: Send): void {
  const { monotonic_ms, wall_ms, lag } = moment
  if (!view.window || monotonic_ms - view.ordered_ms >= view.query.order_ms) {
    view.window = orderFleet(fleet, view.query, wall_ms)
    view.ordered_ms = monotonic_ms
  }
  const { body, shown } = toFleetBody(fleet, view.query, view.window, view.shown, wall_ms, lag)
  view.shown = shown
  view.seq = fleet.seq
  view.frame++
  view.sent_ms = monotonic_ms
  const { id, frame, coalesced } = view
  view.coalesced = 0
  views.frames_total++
  send(view, { schema: frameSchema, type: 'frame', view: id, frame, coalesced, ...body })
}

function sendQuiet(view: View, moment: Moment, send: Send): void {
  view.frame++
  view.sent_ms = moment.monotonic_ms
  send(view, {
    schema: frameSchema,
    type: 'quiet',
    view: view.id,
    frame: view.frame,
    at_ms: moment.wall_ms,
    lag: moment.lag,
  })
}
