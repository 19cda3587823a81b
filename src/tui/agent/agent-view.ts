// One agent: its state, why Beacon thinks so, its numbers, and what it did over time.

import type { AgentDocument } from '../../core/agent-document.ts'
import {
  browse,
  browseAnswer,
  browseMouse,
  browserKeys,
  closePanel,
  type EventBrowser,
  type Frame,
  heal,
  openSeq,
} from '../event/event-browser.ts'
import { isEmpty, isGap } from '../event/event-log.ts'
import { enter, hear, loadOlder, newestQuery, whereOf } from '../event/event-reader.ts'
import type { KeyBinding } from '../keys.ts'
import { type Piece, toLine } from '../line.ts'
import type { Answer, Effect, Model } from '../model.ts'
import type { Size, ViewSpec, ViewStep } from '../view-spec.ts'
import { agentLines, bucketOf, nowOf, toAgentLayout } from './agent-lines.ts'
import { type AgentState, agentInit, bucket_steps_ms } from './agent-state.ts'
import { stripCells } from './timeline-lines.ts'

const keys: readonly KeyBinding[] = [
  { action: 'why', keys: ['w'], label: 'w', help: 'the event behind the next reason', footer: 'why' },
  { action: 'feed', keys: ['f'], label: 'f', help: 'the feed of this agent', footer: 'feed' },
  {
    action: 'zoom_in',
    keys: ['+', '='],
    label: '+ -',
    help: 'less or more time in the timeline',
    footer: 'zoom',
  },
  { action: 'zoom_out', keys: ['-', '_'], label: '' },
  ...browserKeys,
]

/** Beyond so many events the timeline is not filled by itself. */
const timeline_events_max = 5_000

export const agentView: ViewSpec<'agent'> = {
  name: 'agent',
  title: 'agent',
  help: 'one agent: timeline, numbers, and why it is as it is',
  filters: false,
  keys,
  query: ({ place: { agent } }) =>
    agent === null ? { limit: 0, newest: 0 } : { ...newestQuery({ agent, where: '' }), pin: agent },
  lines: (model, state, size, paint) =>
    model.place.agent === null ? nobody(size) : agentLines(model, state, size, paint),
  selected: (model) => model.place.agent,
  update(model, state, message, size) {
    const { browser } = state
    switch (message.type) {
      case 'entered':
        return entered(model, state)
      case 'frame':
        return [{ ...state, browser: { ...browser, reader: hear(browser.reader, model, message.frame) } }, []]
      case 'tick':
        return ticked(model, state, size)
      case 'answer':
        if (message.id === idOf(state)) return [withAnswer(state, message.answer), []]
        return withBrowser(state, browseAnswer(browser, message.id, message.answer))
      case 'mouse':
        return withBrowser(state, browseMouse(browser, message.mouse, frameOf(state, size)))
      case 'action':
        return act(model, state, message.action, size)
      default:
        return [state, []]
    }
  },
}

function entered(model: Model, state: AgentState): ViewStep<AgentState> {
  const { agent } = model.place
  if (agent === null) return [agentInit, []]
  const key = JSON.stringify([agent, model.travel?.target ?? null])
  const same = state.browser.reader.scope.agent === agent
  const [reader, effects] = enter(state.browser.reader, 'agent', model, { agent, where: '' })
  const panel = same ? state.browser.panel : null
  // Of the same agent at another moment the old document stays until the new one comes: it must not flicker.
  const begun: AgentState = same ? { ...state, key, error: null } : { ...agentInit, zoom: state.zoom, key }
  return [{ ...begun, browser: { reader, panel } }, [...effects, askDocument(model, begun, agent)]]
}

/** Asks for the document each second; what the timeline needs of the past is loaded. */
function ticked(model: Model, state: AgentState, size: Size): ViewStep<AgentState> {
  const { agent } = model.place
  if (agent === null || model.held) return [state, []]
  const [healed, effects] = withBrowser(state, heal(state.browser, frameOf(state, size)))
  const [filled, more] = fillTimeline(model, healed, size)
  const asked = model.travel ? [] : [askDocument(model, filled, agent)]
  return [filled, [...effects, ...more, ...asked]]
}

function fillTimeline(model: Model, state: AgentState, { columns }: Size): ViewStep<AgentState> {
  const { reader } = state.browser
  const { log } = reader.list
  if (isEmpty(log) || reader.error !== null || log.items.length >= timeline_events_max) return [state, []]
  const oldest = log.items.find((item) => !isGap(item))
  const from_ms = nowOf(model, state) - bucketOf(state) * stripCells(columns)
  if (oldest && !isGap(oldest) && oldest.received_at_ms < from_ms) return [state, []]
  const [next, effects] = loadOlder(reader, 'agent')
  return [next === reader ? state : { ...state, browser: { ...state.browser, reader: next } }, effects]
}

function act(model: Model, state: AgentState, action: string, size: Size): ViewStep<AgentState> {
  const { browser, zoom } = state
  switch (action) {
    case 'why':
      return openReason(state, size)
    case 'feed': {
      const { agent } = model.place
      return [
        state,
        agent === null
          ? []
          : [{ type: 'open', place: { view: 'feed', where: whereOf({ agent, where: '' }) } }],
      ]
    }
    case 'zoom_in':
      return [{ ...state, zoom: Math.max(0, zoom - 1) }, []]
    case 'zoom_out':
      return fillTimeline(model, { ...state, zoom: Math.min(bucket_steps_ms.length - 1, zoom + 1) }, size)
    case 'back': {
      const closed = closePanel(browser)
      return [closed ? { ...state, browser: closed, reason: -1 } : state, []]
    }
    default:
      return withBrowser(state, browse(browser, action, frameOf(state, size)) ?? [browser, []])
  }
}

/** The events behind the reasons, one after the other. */
function openReason(state: AgentState, size: Size): ViewStep<AgentState> {
  const reasons = state.document?.reasons ?? []
  for (let step = 1; step <= reasons.length; step++) {
    const reason = (state.reason + step) % reasons.length
    const seq = reasons[reason]?.seq ?? null
    if (seq === null) continue
    const [browser, effects] = openSeq(state.browser, seq, frameOf(state, size))
    return [{ ...state, reason, browser }, effects]
  }
  return [state, [{ type: 'notice', text: 'no event is behind it: it rests on time alone' }]]
}

const idOf = ({ key }: AgentState): string => `document ${key}`

function askDocument({ travel }: Model, state: AgentState, agent: string): Effect {
  const moment = travel?.target ?? null
  return { type: 'ask', ask: { view: 'agent', id: idOf(state), what: 'agent', agent, moment } }
}

/** An agent that was shown stays on the screen when it cannot be asked for any more. */
const withAnswer = (state: AgentState, answer: Answer): AgentState =>
  answer.ok
    ? { ...state, document: answer.value as AgentDocument, error: null }
    : { ...state, error: answer.error }

const withBrowser = (
  state: AgentState,
  [browser, effects]: readonly [EventBrowser, Effect[]],
): ViewStep<AgentState> => [browser === state.browser ? state : { ...state, browser }, effects]

const frameOf = (state: AgentState, size: Size): Frame => ({
  view: 'agent',
  size,
  top: toAgentLayout(state, state.browser.panel, size).top,
  rows: (panel) => toAgentLayout(state, panel, size).list,
})

function nobody({ columns, rows }: Size): string[] {
  const said: Piece[] = [
    [
      '  no agent is chosen: press enter on one in the fleet (1), the feed (2) or the list of those who need you (4)',
    ],
  ]
  const lines = ['', toLine(said, columns)]
  while (lines.length < rows) lines.push('')
  return lines.slice(0, rows)
}
