// From one model to the next: everything that can happen to the screen, without doing any of it.

import { type FleetFrame, type FleetQuery, type FleetSort, fleetSorts, toAgentRow } from '../core/view.ts'
import { type Action, toAction } from './keys.ts'
import { toLayout } from './layout.ts'
import { type Effect, type Message, type Model, type Picture, pictureOf } from './model.ts'

const newest_max = 200
const history_max_s = 300

export type Step = [model: Model, effects: Effect[]]

export function update(before: Model, message: Message, now_ms: number): Step {
  const model = { ...before, now_ms }
  switch (message.type) {
    case 'frame':
      return [{ ...model, live: addFrame(model.live, message.frame, now_ms), link: { name: 'live' } }, []]
    case 'quiet': {
      const live = model.live && { ...model.live, heard_ms: now_ms, at_ms: message.at_ms }
      return [{ ...model, live, link: { name: 'live' } }, []]
    }
    case 'live':
      return [{ ...model, link: { name: 'live' } }, []]
    case 'lost': {
      const since_ms = model.link.name === 'lost' ? model.link.since_ms : now_ms
      return [{ ...model, link: { name: 'lost', reason: message.reason, since_ms } }, []]
    }
    case 'status':
      return [{ ...model, status: message.status }, []]
    case 'resize':
      return withQuery({ ...model, columns: message.columns, rows: message.rows })
    case 'key': {
      const action = toAction(message.key)
      return action === undefined ? [model, []] : act(model, action)
    }
    case 'tick':
      return [model, []]
  }
}

/** The window that the screen wants: a row more on each side, so that the selection can move there. */
export function toQuery(model: Model): Partial<FleetQuery> {
  const { agents, newest } = toLayout(model.rows)
  const from = Math.max(0, model.offset - 1)
  return {
    view: 'fleet',
    sort: model.sort,
    offset: from,
    limit: agents + 1 + (model.offset - from),
    newest: Math.min(newest_max, newest),
    ...(model.where === '' ? {} : { where: model.where }),
    ...(model.selected === null ? {} : { pin: model.selected }),
  }
}

const withQuery = (model: Model): Step => [model, [{ type: 'query', query: toQuery(model) }]]

function addFrame(before: Picture | null, frame: FleetFrame, now_ms: number): Picture {
  const fresh = frame.newest.toReversed()
  // Another view begins: after a reconnect its first frame repeats events and seconds that we have.
  const known = before?.newest[0]?.seq ?? 0
  const newest = fresh.filter((event) => event.seq > known).concat(before?.newest ?? [])
  return {
    frame,
    heard_ms: now_ms,
    at_ms: frame.at_ms,
    newest: newest.slice(0, newest_max),
    history: addSeconds(before?.history ?? { until_s: 0, counts: [] }, frame.seconds),
    skipped: (before?.skipped ?? 0) + frame.skipped,
    coalesced: (before?.coalesced ?? 0) + frame.coalesced,
  }
}

/** `until_s` is the second after the last count. Seconds that nobody told us about count as empty. */
function addSeconds(before: Picture['history'], seconds: FleetFrame['seconds']): Picture['history'] {
  if (seconds.counts.length === 0) return before
  const until_s = seconds.from_s + seconds.counts.length
  if (before.until_s === 0) return { until_s, counts: seconds.counts }
  const known = Math.max(0, before.until_s - seconds.from_s)
  const hole = Math.min(history_max_s, Math.max(0, seconds.from_s - before.until_s))
  const counts = [...before.counts, ...Array<number>(hole).fill(0), ...seconds.counts.slice(known)]
  return { until_s: Math.max(until_s, before.until_s), counts: counts.slice(-history_max_s) }
}

function act(model: Model, action: Action): Step {
  switch (action) {
    case 'quit':
      return [model, [{ type: 'quit' }]]
    case 'suspend':
      return [model, [{ type: 'suspend' }]]
    case 'help':
      return [{ ...model, help: !model.help }, []]
    case 'deselect':
      return model.help ? [{ ...model, help: false }, []] : withQuery({ ...model, selected: null })
    case 'pause':
      return [{ ...model, held: model.held ? null : model.live, held_ms: model.now_ms }, []]
    case 'sort':
      return withQuery({ ...model, sort: nextSort(model.sort), offset: 0 })
    case 'down':
      return select(model, 1)
    case 'up':
      return select(model, -1)
    case 'page_down':
      return scrollTo(model, model.offset + toLayout(model.rows).agents)
    case 'page_up':
      return scrollTo(model, model.offset - toLayout(model.rows).agents)
    case 'first':
      return scrollTo(model, 0)
    case 'last':
      return scrollTo(model, Number.MAX_SAFE_INTEGER)
  }
}

const nextSort = (sort: FleetSort): FleetSort =>
  fleetSorts[(fleetSorts.indexOf(sort) + 1) % fleetSorts.length] as FleetSort

function scrollTo(model: Model, offset: number): Step {
  // A held picture has no other rows to show.
  if (model.held) return [model, []]
  const { agents } = toLayout(model.rows)
  const last = Math.max(0, (model.live?.frame.matched ?? 0) - agents)
  return withQuery({ ...model, offset: Math.max(0, Math.min(last, offset)) })
}

/** The agent next to the selected one in the order as it stands; the window follows. */
function select(model: Model, step: 1 | -1): Step {
  const picture = pictureOf(model)
  if (!picture) return [model, []]
  const { frame } = picture
  const ids = frame.rows.map((cells) => toAgentRow(frame.columns, cells).agent)
  const at = model.selected === null ? -1 : ids.indexOf(model.selected)
  const top = Math.max(0, model.offset - frame.offset)
  const { agents } = toLayout(model.rows)
  // An agent that left the window is left behind: the selection starts again at the window's edge.
  const next = at < 0 ? (step > 0 ? top : Math.min(ids.length, top + agents) - 1) : at + step
  const selected = ids[next]
  if (selected === undefined) return [model, []]
  // A held picture cannot scroll to the row beyond its window.
  if (model.held && (next < top || next >= top + agents)) return [model, []]
  const position = frame.offset + next
  const offset = Math.max(0, Math.min(position, Math.max(model.offset, position - agents + 1)))
  return withQuery({ ...model, selected, offset: model.held ? model.offset : offset })
}
