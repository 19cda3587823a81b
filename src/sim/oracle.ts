// The oracle: holds a run's ledger against the archive. Every acknowledged event must be there once, in the order of
// its agent's acknowledgements, and nothing that was never sent. Pure.

import type { Ledger, NumberRange } from './ledger.ts'

/** An event of the run as the archive has it. `agent_seq` is absent when an unnumbered body got in. */
export type ArchivedEvent = { agent_id: string; agent_seq?: number | undefined; seq: number }

export type Finding = {
  /**
   * `lost`: acknowledged and not there. `twice`: there again. `out_of_order`: after an event that was acknowledged later.
   * `unknown`: there, and never sent, or refused.
   */
  kind: 'lost' | 'twice' | 'out_of_order' | 'unknown'
  agent_id: string
  agent_seq: number | null
  /** Sequence in the archive; null for a lost event. */
  seq: number | null
}

export type RunComparison = {
  acknowledged: number
  /** Events of the run in the archive. */
  archived: number
  lost: number
  twice: number
  out_of_order: number
  unknown: number
  /** Sent without an answer, and there all the same: allowed. */
  unresolved_stored: number
  /** Later than a ledger that was cut short: allowed. */
  after_ledger: number
  /** The first findings of each kind. */
  findings: Finding[]
  ok: boolean
}

const findingsPerKindMax = 100

/** Compares a ledger with the run's events in archive order. */
export function compareRun(ledger: Ledger, events: Iterable<ArchivedEvent>): RunComparison {
  const result: RunComparison = {
    acknowledged: 0,
    archived: 0,
    lost: 0,
    twice: 0,
    out_of_order: 0,
    unknown: 0,
    unresolved_stored: 0,
    after_ledger: 0,
    findings: [],
    ok: false,
  }
  const find = (
    kind: Finding['kind'],
    agent_id: string,
    agent_seq: number | null,
    seq: number | null,
  ): void => {
    if (++result[kind] <= findingsPerKindMax) result.findings.push({ kind, agent_id, agent_seq, seq })
  }

  const agents = toAgents(ledger)
  for (const event of events) {
    result.archived++
    const agent = agents.get(event.agent_id)
    const agentSeq = event.agent_seq
    const position = agent && agentSeq !== undefined ? positionOf(agent, agentSeq) : -1
    if (agent && position >= 0) {
      if (agent.seen[position]) find('twice', event.agent_id, agentSeq ?? null, event.seq)
      agent.seen[position] = 1
      if (agent.loose?.has(agentSeq as number)) continue
      if (position < agent.latest) find('out_of_order', event.agent_id, agentSeq ?? null, event.seq)
      else agent.latest = position
      continue
    }
    if (agentSeq !== undefined && agent?.unresolved.has(agentSeq)) {
      if (agent.unresolved.get(agentSeq)) find('twice', event.agent_id, agentSeq, event.seq)
      else result.unresolved_stored++
      agent.unresolved.set(agentSeq, true)
    } else if (agentSeq !== undefined && ledger.finished === null) {
      result.after_ledger++
    } else {
      find('unknown', event.agent_id, agentSeq ?? null, event.seq)
    }
  }

  for (const [agentId, agent] of agents) {
    result.acknowledged += agent.seen.length
    for (let at = 0; at < agent.seen.length; at++) {
      if (!agent.seen[at]) find('lost', agentId, numberAt(agent, at), null)
    }
  }
  result.ok = result.lost + result.twice + result.out_of_order + result.unknown === 0
  return result
}

type Agent = {
  ranges: NumberRange[]
  /** By position in the order of acknowledgement. */
  seen: Uint8Array
  /** Position of the latest acknowledgement met so far. */
  latest: number
  /** Number → was met. */
  unresolved: Map<number, boolean>
  loose: Set<number> | undefined
}

function toAgents(ledger: Ledger): Map<string, Agent> {
  const agents = new Map<string, Agent>()
  const ids = new Set([...Object.keys(ledger.agents), ...Object.keys(ledger.unresolved)])
  const of = <T>(table: Record<string, T>, id: string): T | undefined =>
    Object.hasOwn(table, id) ? table[id] : undefined
  for (const id of ids) {
    const ranges = of(ledger.agents, id) ?? []
    const loose = of(ledger.loose, id)
    agents.set(id, {
      ranges,
      seen: new Uint8Array(ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0)),
      latest: -1,
      unresolved: new Map((of(ledger.unresolved, id) ?? []).map((n) => [n, false])),
      loose: loose && new Set(loose),
    })
  }
  return agents
}

/** Where a number stands in the order of acknowledgement, or −1. */
function positionOf(agent: Agent, n: number): number {
  let before = 0
  for (const [from, to] of agent.ranges) {
    if (n >= from && n <= to) return before + n - from
    before += to - from + 1
  }
  return -1
}

function numberAt(agent: Agent, position: number): number {
  let rest = position
  for (const [from, to] of agent.ranges) {
    if (rest <= to - from) return from + rest
    rest -= to - from + 1
  }
  return -1
}
