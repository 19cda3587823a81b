// One agent: its state, the reasons for it, and what it did.

import type { AgentDocument } from '../../core/agent-document.ts'
import { toLine, toSafeText } from '../line.ts'
import type { Effect, Model } from '../model.ts'
import type { ViewSpec } from '../view-spec.ts'

export const agentView: ViewSpec<'agent'> = {
  name: 'agent',
  title: 'agent',
  help: 'one agent: timeline, numbers, and why it is as it is',
  keys: [],
  query: (model) => ({
    limit: 0,
    newest: 0,
    ...(model.place.agent === null ? {} : { pin: model.place.agent }),
  }),
  lines(model, { document, error }, { rows, columns }) {
    const text = document
      ? [
          `${document.agent_id}  ${document.health}  ${document.status}`,
          ...document.reasons.map(({ says }) => says),
        ]
      : [error ?? (model.place.agent === null ? 'no agent is selected' : 'asking …')]
    const lines = text.slice(0, rows).map((line) => toLine([[`  ${toSafeText(line)}`]], columns))
    while (lines.length < rows) lines.push('')
    return lines
  },
  selected: (model) => model.place.agent,
  update(model, state, message) {
    if (message.type === 'entered') return [{ ...state, document: null, error: null }, ask(model)]
    if (message.type === 'tick') return [state, ask(model)]
    if (message.type !== 'answer') return [state, []]
    const { answer } = message
    if (!answer.ok) return [{ document: null, error: answer.error }, []]
    return [{ document: answer.value as AgentDocument, error: null }, []]
  },
}

function ask({ place, travel }: Model): Effect[] {
  if (place.agent === null) return []
  const moment = travel?.target ?? null
  return [{ type: 'ask', ask: { view: 'agent', id: place.agent, what: 'agent', agent: place.agent, moment } }]
}
