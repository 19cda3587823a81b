// The agents that an operator means, by name: what was asked for is resolved before it is confirmed, so that no agent that
// comes meanwhile is met.

import type { NatsConnection } from '@nats-io/nats-core'
import type { CommandScope } from '../core/order.ts'
import { fetchFleetList } from './fetch-fleet-list.ts'
import { fetchAgent } from './view-client.ts'

export type AskedTargets =
  | { kind: 'agents'; ids: string[] }
  | { kind: 'where'; where: string }
  | { kind: 'all' }

export type Targets = {
  agents: string[]
  /** Those whose events say goodbye; null where that was not looked up. */
  stopped: Set<string> | null
  scope: CommandScope
}

/**
 * Ids stand as they are, each once, whether they are known or not: they can be commanded while the aggregator is away.
 * Rejects like `fetchFleetList`.
 */
export async function findTargets(nc: NatsConnection, asked: AskedTargets): Promise<Targets> {
  const { agents, stopped } =
    asked.kind === 'agents'
      ? { agents: [...new Set(asked.ids)], stopped: null }
      : await fetchMatching(nc, asked)
  return { agents, stopped, scope: { kind: asked.kind, text: toText(asked), targets: agents.length } }
}

/** Those of the agents whose events say goodbye; without the aggregator nobody knows of any. */
export async function findStopped(nc: NatsConnection, agents: readonly string[]): Promise<Set<string>> {
  const documents = await Promise.all(agents.map((agent) => fetchAgent(nc, agent).catch(() => undefined)))
  return new Set(documents.flatMap((each) => (each?.health === 'stopped' ? [each.agent_id] : [])))
}

async function fetchMatching(
  nc: NatsConnection,
  asked: Exclude<AskedTargets, { kind: 'agents' }>,
): Promise<{ agents: string[]; stopped: Set<string> }> {
  const { rows } = await fetchFleetList(nc, {
    ...(asked.kind === 'where' ? { where: asked.where } : {}),
    sort: 'agent',
    reverse: false,
    needs: false,
    columns: ['agent', 'health'],
    offset: 0,
    limit: Number.POSITIVE_INFINITY,
  })
  const gone = rows.filter(({ health }) => health === 'stopped')
  return { agents: rows.map(({ agent }) => agent), stopped: new Set(gone.map(({ agent }) => agent)) }
}

/** Every order carries it: a long list of ids is told by its beginning. */
const text_max = 200

function toText(asked: AskedTargets): string {
  if (asked.kind === 'all') return 'all agents'
  const text = asked.kind === 'where' ? asked.where : asked.ids.join(' ')
  return text.length <= text_max ? text : `${text.slice(0, text_max - 1).toWellFormed()}…`
}
