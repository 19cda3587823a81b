// The same fold as core/fleet.ts, written for reading only: every number is found anew from the whole history.

import type { FleetEvent } from '../../src/core/fleet-event.ts'

export type NaiveAgent = {
  id: string
  /** Its events, without duplicates. */
  events: FleetEvent[]
}

export type NaiveFleet = { agents: NaiveAgent[]; events: FleetEvent[]; duplicates: number }

/** Without the duplicates: a number of a run counts once, and a redelivery is behind the last one. */
export function naiveFold(history: FleetEvent[]): NaiveFleet {
  const agents = new Map<string, NaiveAgent>()
  const numbers = new Set<string>()
  const delivered = new Map<string, number>()
  const events = history.filter((event) => {
    const { agent_id, agent_seq, run = '', in_seq, kind } = event
    // Beacon's word about an agent, not the agent's own.
    if (kind === 'command') return true
    if (in_seq !== undefined && in_seq <= (delivered.get(agent_id) ?? 0)) return false
    const number = JSON.stringify([agent_id, run, agent_seq])
    if (agent_seq !== undefined && numbers.has(number)) return false
    // A duplicate leaves no trace: not even of its delivery.
    numbers.add(number)
    if (in_seq !== undefined) delivered.set(agent_id, in_seq)
    const agent = agents.get(agent_id) ?? { id: agent_id, events: [] }
    agent.events.push(event)
    agents.set(agent_id, agent)
    return true
  })
  return { agents: [...agents.values()], events, duplicates: history.length - events.length }
}

const isError = ({ status }: FleetEvent): boolean => /^(error|failed)$/i.test(status)

/** What the agent itself says that it does; logs and the like are about something else. */
const saysStatus = ({ kind }: FleetEvent): boolean =>
  ['state', 'heartbeat', 'lifecycle', 'claim'].includes(kind)

/** Without goodbyes of installations that another one, which has a lease, has followed. */
function ownWords(events: FleetEvent[]): FleetEvent[] {
  const words: FleetEvent[] = []
  for (const event of events.filter(saysStatus)) {
    const { installation, lease_ms } = naiveCall(words)
    const isOfAnother = event.installation_id !== undefined && event.installation_id !== installation
    if (!(isGoodbye(event) && isOfAnother && lease_ms > 0)) words.push(event)
  }
  return words
}

const isGoodbye = ({ kind, status }: FleetEvent): boolean => kind === 'lifecycle' && status === 'stopped'

/** The lease since the last goodbye, and which process spoke last, and where it runs. */
const naiveCall = (words: FleetEvent[]) => ({
  lease_ms:
    words.slice(words.findLastIndex(isGoodbye) + 1).findLast(({ lease_ms }) => lease_ms)?.lease_ms ?? 0,
  installation: words.findLast(({ installation_id }) => installation_id)?.installation_id ?? '',
  platform: words.findLast(({ platform }) => platform)?.platform ?? '',
})

/** Installation and platform. */
export function naiveProcess({ events }: NaiveAgent): { installation: string; platform: string } {
  const { installation, platform } = naiveCall(ownWords(events))
  return { installation, platform }
}

/** The columns that are whole numbers, and the texts. */
export function naiveColumns({ events }: NaiveAgent): Record<string, unknown> {
  const last = events.at(-1)
  const spoken = ownWords(events)
  // The first event of the last row of equal statuses.
  const status = spoken.at(-1)?.status ?? ''
  const brought = spoken[spoken.findLastIndex((event) => event.status !== status) + 1]
  const heartbeats = events.filter(({ kind }) => kind === 'heartbeat')
  const order = orderOf(events)
  return {
    status,
    task: spoken.findLast(({ task }) => task !== undefined)?.task ?? '',
    status_seq: brought?.seq ?? 0,
    status_since_ms: (brought ?? events[0])?.received_at_ms,
    kind: last?.kind,
    in_error: /^(error|failed)$/i.test(status),
    stopped: last !== undefined && last === spoken.at(-1) && isGoodbye(last),
    lease_ms: naiveCall(spoken).lease_ms,
    last_seq: last?.seq,
    last_seen_ms: Math.max(...events.map(({ received_at_ms }) => received_at_ms)),
    first_seen_ms: events[0]?.received_at_ms,
    events: events.length,
    errors: events.filter(isError).length,
    error_seq: events.findLast(isError)?.seq ?? 0,
    heartbeat_ms: Math.max(0, ...heartbeats.map(({ received_at_ms }) => received_at_ms)),
    gaps: order.filter(({ verdict }) => verdict === 'gap').length,
    reorders: order.filter(({ verdict }) => verdict === 'late').length,
    missing: order.at(-1)?.missing ?? 0,
    gap_seq: order.findLast(({ verdict }) => verdict === 'gap')?.event.seq ?? 0,
    gap_ms: order.findLast(({ verdict }) => verdict === 'gap')?.event.received_at_ms ?? 0,
  }
}

/** Numbered events: whether each passed numbers over or came late in its run, and what its run lacks then. */
function orderOf(events: FleetEvent[]): { event: FleetEvent; verdict: string; missing: number }[] {
  const runs = new Map<string, number[]>()
  return events
    .filter(({ agent_seq }) => agent_seq !== undefined)
    .map((event) => {
      const { agent_seq: number = 0, run = '' } = event
      const before = runs.get(run) ?? []
      const highest = Math.max(...before)
      const numbers = [...before, number]
      runs.set(run, numbers)
      const missing = Math.max(...numbers) - Math.min(...numbers) + 1 - numbers.length
      const verdict =
        before.length === 0 || number === highest + 1 ? 'next' : number > highest ? 'gap' : 'late'
      return { event, verdict, missing }
    })
}

/** The columns that are means: clocks that go back count as standing still. */
export function naivePace({ events }: NaiveAgent): Record<string, number> {
  let clock_ms = 0
  const times = events.map(({ received_at_ms }) => {
    clock_ms = Math.max(clock_ms, received_at_ms)
    return clock_ms
  })
  const rate = (window_s: number): number =>
    times.reduce((sum, at_ms) => sum + Math.exp((at_ms - clock_ms) / 1_000 / window_s) / window_s, 0)
  return {
    rate_1: rate(1),
    rate_10: rate(10),
    rate_60: rate(60),
    error_share: movingMean(events.map((event) => (isError(event) ? 1 : 0))),
    pause_ms: meanPause(times),
    heartbeat_interval_ms: naiveInterval(events.filter(({ kind }) => kind === 'heartbeat')),
  }
}

/** The mean of the first five, then each weighs a fifth. */
const movingMean = (values: number[]): number =>
  values.reduce((mean, value, i) => (i < 5 ? (mean * i + value) / (i + 1) : mean * 0.8 + value * 0.2), 0)

/** A pause that is much longer than the others does not count in full. */
const addPause = (mean_ms: number, pause_ms: number, share = 0.2): number =>
  mean_ms === 0 ? pause_ms : mean_ms * (1 - share) + Math.min(pause_ms, mean_ms * 8 + 60_000) * share

const meanPause = (times: number[]): number =>
  times
    .slice(1)
    .reduce(
      (mean_ms, at_ms, i) => addPause(mean_ms, at_ms - (times[i] as number), Math.max(0.2, 1 / (i + 1))),
      0,
    )

function naiveInterval(heartbeats: FleetEvent[]): number {
  let interval_ms = 0
  let before_ms: number | undefined
  for (const { received_at_ms, heartbeat_interval_ms } of heartbeats) {
    const at_ms = Math.max(before_ms ?? 0, received_at_ms)
    if (heartbeat_interval_ms !== undefined) interval_ms = heartbeat_interval_ms
    else if (before_ms !== undefined) interval_ms = addPause(interval_ms, at_ms - before_ms)
    before_ms = at_ms
  }
  return interval_ms
}
