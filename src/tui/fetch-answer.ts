// Carries out what the views ask for; whatever goes wrong becomes an answer in words.

import { BeaconError } from '../core/errors.ts'
import type { Answer, Ask } from './model.ts'
import type { TopPorts } from './ports.ts'

export const fetchAnswer = (ports: TopPorts, ask: Ask): Promise<Answer> => settle(() => fetchFor(ports, ask))

export async function settle(fetch: () => Promise<unknown>): Promise<Answer> {
  try {
    return { ok: true, value: await fetch() }
  } catch (error) {
    return { ok: false, error: error instanceof BeaconError ? error.detail : String(error) }
  }
}

function fetchFor(ports: TopPorts, ask: Ask): Promise<unknown> {
  switch (ask.what) {
    case 'events':
      return ports.fetchEvents(ask.request)
    case 'range':
      return ports.fetchRange(ask.request)
    case 'bars':
      return ports.fetchBars(ask.request)
    case 'pulse':
      return ports.fetchPulse()
    case 'commands':
      return ports.fetchCommands()
    case 'command':
      return ports.fetchCommand(ask.request)
    case 'order':
      return ports.requestCommand(ask.request)
    case 'agent':
      return ask.moment === null
        ? ports.fetchAgent(ask.agent)
        : ports.fetchAgentAt({ ...ask.moment, agent: ask.agent })
  }
}
