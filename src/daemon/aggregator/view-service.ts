// The views' door on NATS: opening, changing, closing and confirming, and one frame for whoever wants just one.

import { type NatsConnection, nuid } from '@nats-io/nats-core'
import { Svcm } from '@nats-io/services'
import { barSubjects } from '../../core/bar-report.ts'
import type { Beat } from '../../core/beat-tracker.ts'
import { toAgentDocument } from '../../core/explain-agent.ts'
import { momentFor } from '../../core/judging-clock.ts'
import {
  type CloseRequest,
  type FleetQuery,
  frameSchema,
  type OpenReply,
  type OpenRequest,
  type UpdateRequest,
  viewSubjects,
} from '../../core/view.ts'
import { parseFleetQuery } from '../../core/view-query.ts'
import { toWindowDocument, toWindowsDocument } from './bars-answers.ts'
import { Refusal, serve } from './endpoint.ts'
import { makeFrameWriter } from './frame-text.ts'
import { type Moment, moveLive } from './live-picture.ts'
import { nextFrame, noFrames } from './view-frame.ts'
import { closeView, confirmFrame, openView, type Send, updateView, type Views } from './views.ts'

const viewsMax = 1_000
/** Frames go to inboxes only: the service may publish anywhere, and no viewer shall make it do so. */
const inbox = /^_INBOX[A-Za-z0-9_]*\.[A-Za-z0-9_.-]{1,200}$/

export type ViewService = { send: Send; stop(): Promise<void> }

export type ViewServiceOptions = {
  nc: NatsConnection
  views: Views
  now(): Moment
  /** Undefined as long as no pulse was heard. */
  beat(): Beat | undefined
  /** Prometheus metrics, as JSON. */
  metrics(): Promise<object[]>
  instance: string
}

export async function startViewService(options: ViewServiceOptions): Promise<ViewService> {
  const { nc, views, now, beat, metrics, instance } = options
  const { live } = views
  const toText = makeFrameWriter()
  const send: Send = (view, message) => {
    if (nc.isClosed()) return
    const reply = message.type === 'closed' ? {} : { reply: `${viewSubjects.confirm}.${view.id}` }
    nc.publish(view.subject, toText(message), reply)
  }

  const open = (request: Partial<OpenRequest>): OpenReply => {
    const query = readQuery(request.query)
    if (typeof request.subject !== 'string' || !inbox.test(request.subject))
      throw new Refusal(400, 'subject: must be an inbox of the viewer')
    if (views.open.size >= viewsMax) throw new Refusal(503, `there are ${viewsMax} open views already`)
    const id = nuid.next()
    openView(views, id, request.subject, query, now().monotonic_ms)
    return { schema: 'beacon.view.v1', view: id, query }
  }
  const update = (request: Partial<UpdateRequest>): OpenReply => {
    const query = readQuery(request.query)
    const view = String(request.view)
    if (!updateView(views, view, query)) throw new Refusal(404, 'there is no such view (any more)')
    return { schema: 'beacon.view.v1', view, query }
  }
  const close = (request: Partial<CloseRequest>): object => {
    closeView(views, String(request.view), 'closed by the viewer', send)
    return { schema: 'beacon.view.v1' }
  }
  const once = (request: { query?: unknown }): object => {
    const query = readQuery(request.query)
    moveLive(live, true)
    const { body } = nextFrame(live, query, noFrames(), now())
    return { schema: frameSchema, type: 'frame', view: '', frame: 1, coalesced: 0, ...body }
  }
  const agent = (request: { agent?: unknown }): object => {
    const { fleet, clock } = live
    const number = fleet.numbers.get(String(request.agent))
    if (number === undefined) throw new Refusal(404, 'no such agent was heard of')
    return toAgentDocument(fleet, number, momentFor(clock, fleet.columns.last_seen_ms[number] as number))
  }

  const service = await new Svcm(nc).add({
    name: 'beacon-aggregator',
    version: '1.0.0',
    description: 'The live state of the fleet, as views, and its open bars',
    metadata: { instance },
    // Once, not with each endpoint.
    statsHandler: async ({ subject }) =>
      subject === viewSubjects.open ? { instance, metrics: await metrics() } : null,
  })
  serve(service, 'open', viewSubjects.open, open)
  serve(service, 'update', viewSubjects.update, update)
  serve(service, 'close', viewSubjects.close, close)
  serve(service, 'once', viewSubjects.once, once)
  serve(service, 'agent', viewSubjects.agent, agent)
  serve(service, 'windows', barSubjects.windows, () => toWindowsDocument(live, beat()))
  serve(service, 'window', barSubjects.window, ({ window }: { window?: unknown }) =>
    toWindowDocument(live, beat(), window),
  )
  const confirmations = nc.subscribe(`${viewSubjects.confirm}.*`, {
    callback: (error, message) => {
      if (!error)
        confirmFrame(views, message.subject.slice(viewSubjects.confirm.length + 1), Number(message.string()))
    },
  })
  // Ready means that a request finds us, not that our subscriptions are on their way.
  await nc.flush()
  return {
    send,
    async stop() {
      confirmations.unsubscribe()
      for (const id of [...views.open.keys()]) closeView(views, id, 'the aggregator stops', send)
      await service.stop()
    },
  }
}

function readQuery(input: unknown): FleetQuery {
  const query = parseFleetQuery(input ?? {})
  if (!query.ok) throw new Refusal(400, query.error)
  return query.value
}
