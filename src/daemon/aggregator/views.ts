// The open views: when each is due a frame, and what a viewer that does not keep up costs (nothing but its own frames).
//
// At most one frame of a view is unconfirmed. What falls due meanwhile is not queued but left out and counted, so that
// a stalled viewer holds no memory and delays nobody. And views get a share of the time, not all of it: when their
// frames take longer, they become rarer, and the fold goes on.

import { holdWatch, releaseWatch } from '../../core/event-watch.ts'
import { preparePicture } from '../../core/fleet-picture.ts'
import { noteDroppedView } from '../../core/reverb-facts.ts'
import { type FleetQuery, frameSchema, type ViewMessage, viewLimits } from '../../core/view.ts'
import { type LivePicture, type Moment, tickPicture } from './live-picture.ts'
import { type Frames, looksSame, nextFrame, noFrames } from './view-frame.ts'

export type View = {
  id: string
  /** Where its messages go. */
  subject: string
  query: FleetQuery
  /** Equal for views that share nearly all the work of their frames. */
  work: string
  /** Number of the last message that wants a confirmation; confirmed when equal to `confirmed`. */
  frame: number
  confirmed: number
  sent_ms: number
  /** Left out since the last frame. */
  coalesced: number
  frames: Frames
  /** What the last frame was made from; -1 asks for a frame even when nothing came. */
  seq: number
  judged: number
}

export type Views = {
  live: LivePicture
  open: Map<string, View>
  /** Milliseconds of this process. */
  clock(): number
  /** What frames took beyond their share, to be made up for by waiting. */
  owed_ms: number
  frames_total: number
  coalesced_total: number
}

export type Send = (view: View, message: ViewMessage) => void

export const makeViews = (live: LivePicture, clock: () => number): Views => ({
  live,
  open: new Map(),
  clock,
  owed_ms: 0,
  frames_total: 0,
  coalesced_total: 0,
})

/** What the views may take of each tick, the picture included: a quarter of a core. */
const share_ms = viewLimits.interval_ms / 4

export function openView(views: Views, id: string, subject: string, query: FleetQuery, now_ms: number): void {
  holdEvents(views, query)
  views.open.set(id, {
    id,
    subject,
    query,
    work: workOf(query),
    frame: 0,
    confirmed: 0,
    sent_ms: now_ms,
    coalesced: 0,
    frames: noFrames(),
    seq: -1,
    judged: -1,
  })
}

/** The next frame follows the new query. False when there is no such view. */
export function updateView(views: Views, id: string, query: FleetQuery): boolean {
  const view = views.open.get(id)
  if (!view) return false
  holdEvents(views, query)
  releaseEvents(views, view.query)
  // Whoever moves the selection reads the order as it stands.
  if (!isSameWindow(query, view.query)) view.frames.window = undefined
  // Other events: what its ring holds is shown, as at first.
  if (query.newest_where !== view.query.newest_where) view.frames.shown = { ...view.frames.shown, pushed: -1 }
  view.query = query
  view.work = workOf(query)
  view.seq = -1
  return true
}

function isSameWindow(a: FleetQuery, b: FleetQuery): boolean {
  return (
    a.sort === b.sort &&
    a.reverse === b.reverse &&
    a.needs === b.needs &&
    a.where === b.where &&
    a.offset === b.offset &&
    a.limit === b.limit
  )
}

export function confirmFrame(views: Views, id: string, frame: number): void {
  const view = views.open.get(id)
  if (view && frame > view.confirmed && frame <= view.frame) view.confirmed = frame
}

export function closeView(views: Views, id: string, reason: string, send: Send): void {
  const view = views.open.get(id)
  if (!view) return
  views.open.delete(id)
  releaseEvents(views, view.query)
  send(view, { schema: frameSchema, type: 'closed', view: id, reason })
}

const workOf = ({ where, needs, sort, reverse, group, heatmap }: FleetQuery): string =>
  JSON.stringify([where, needs, sort, reverse, group, heatmap])

const holdEvents = ({ live }: Views, { newest_where }: FleetQuery): void => {
  if (newest_where !== undefined) holdWatch(live.watches, newest_where, live.fleet.newest)
}

const releaseEvents = ({ live }: Views, { newest_where }: FleetQuery): void => {
  if (newest_where !== undefined) releaseWatch(live.watches, newest_where)
}

/** Sends what is due now. Called each `viewLimits.interval_ms`. */
export function tickViews(views: Views, moment: Moment, send: Send): void {
  const began = views.clock()
  const owed_ms = Math.max(0, views.owed_ms - share_ms)
  const spent = (): number => owed_ms + views.clock() - began
  tickPicture(views.live, moment, views.open.size > 0 && owed_ms < share_ms)
  const done = new Set<string>()
  // Who waits longest comes first, and with it those who want the same.
  for (const view of [...views.open.values()].sort((a, b) => a.sent_ms - b.sent_ms)) {
    if (view.confirmed !== view.frame) leaveOut(views, view, moment, send)
    else if (spent() < share_ms || done.has(view.work)) {
      if (serve(views, view, moment, send)) done.add(view.work)
    }
  }
  views.owed_ms = spent()
}

/** Its last frame is not confirmed. */
function leaveOut(views: Views, view: View, moment: Moment, send: Send): void {
  if (moment.monotonic_ms - view.sent_ms > viewLimits.confirm_ms) {
    const { facts, from_beat } = views.live.reverb
    if (from_beat >= 0) noteDroppedView(facts, from_beat)
    closeView(views, view.id, `no confirmation for ${viewLimits.confirm_ms / 1_000} s`, send)
  } else if (hasChanged(views, view)) {
    view.coalesced++
    views.coalesced_total++
  }
}

/** True when a frame was made. */
function serve(views: Views, view: View, moment: Moment, send: Send): boolean {
  const due = hasChanged(views, view)
  if (!due && moment.monotonic_ms - view.sent_ms < viewLimits.quiet_ms) return false
  if (!preparePicture(views.live.picture, view.query)) return false
  const next = nextFrame(views.live, view.query, view.frames, moment)
  // Time alone changes things too: rates fall, silence grows.
  if (!due && view.frames.body && looksSame(view.frames.body, next.body)) sendQuiet(views, view, moment, send)
  else sendFrame(views, view, next, moment, send)
  return true
}

const hasChanged = ({ live }: Views, view: View): boolean =>
  view.seq !== live.fleet.seq || view.judged !== live.picture.verdicts.changes

function sendFrame(
  views: Views,
  view: View,
  next: ReturnType<typeof nextFrame>,
  { monotonic_ms }: Moment,
  send: Send,
): void {
  view.frames = next
  view.seq = next.body.seq
  view.judged = views.live.picture.verdicts.changes
  view.frame++
  view.sent_ms = monotonic_ms
  const { id, frame, coalesced } = view
  view.coalesced = 0
  views.frames_total++
  send(view, { schema: frameSchema, type: 'frame', view: id, frame, coalesced, ...next.body })
}

function sendQuiet({ live }: Views, view: View, { monotonic_ms, lag }: Moment, send: Send): void {
  view.frame++
  view.sent_ms = monotonic_ms
  const at_ms = live.picture.now_ms
  send(view, { schema: frameSchema, type: 'quiet', view: view.id, frame: view.frame, at_ms, lag })
}
