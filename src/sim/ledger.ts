// The ledger of a run: what Beacon acknowledged, in the order in which it did, and what was left in doubt.
// `beacon verify --run` holds it against the archive.

export const ledgerSchema = 'beacon.ledger.v1'

/** Inclusive [from, to], ascending within a pair; pairs in the order of acknowledgement. */
export type NumberRange = [number, number]

export type Ledger = {
  schema: typeof ledgerSchema
  run: string
  seed: number
  scenario: string
  /** RFC 3339 */
  started: string
  /** Null while the run goes on, or when it was killed: then later events than the ledger's may be stored. */
  finished: string | null
  totals: { acknowledged: number; unresolved: number }
  /** By agent: the acknowledged numbers. */
  agents: Record<string, NumberRange[]>
  /** By agent: numbers that were sent and not answered. They may be stored or not. */
  unresolved: Record<string, number[]>
  /** By agent: acknowledged numbers whose place is not known, since a later event was accepted before a retry. */
  loose: Record<string, number[]>
}

/** The acknowledged numbers of all agents, by index. */
export type Acknowledged = {
  /** Remembers an acknowledgement; false when the number was acknowledged before. */
  record(agent: number, agent_seq: number): boolean
  /** The acknowledgement of this number says nothing about its place. */
  loosen(agent: number, agent_seq: number): void
  /** The answer says neither yes nor no: the event may be stored. */
  doubt(agent: number, agent_seq: number): void
  readonly count: number
  /** Flat pairs [from, to, from, to, …] of an agent, in the order of acknowledgement. */
  pairsOf(agent: number): readonly number[]
  readonly loose: ReadonlyMap<number, ReadonlySet<number>>
  readonly doubtful: ReadonlyMap<number, ReadonlySet<number>>
}

export function makeAcknowledged(agents: number): Acknowledged {
  const pairs: number[][] = Array.from({ length: agents }, () => [])
  const highest = new Uint32Array(agents)
  const loose = new Map<number, Set<number>>()
  const doubtful = new Map<number, Set<number>>()
  let count = 0
  return {
    record(agent, agentSeq) {
      const own = pairs[agent] as number[]
      // Only a number below the highest can have been acknowledged before.
      if (agentSeq > (highest[agent] as number)) highest[agent] = agentSeq
      else if (has(own, agentSeq)) return false
      count++
      if (own[own.length - 1] === agentSeq - 1) own[own.length - 1] = agentSeq
      else own.push(agentSeq, agentSeq)
      return true
    },
    loosen: (agent, agentSeq) => addTo(loose, agent, agentSeq),
    doubt: (agent, agentSeq) => addTo(doubtful, agent, agentSeq),
    get count() {
      return count
    },
    pairsOf: (agent) => pairs[agent] as number[],
    loose,
    doubtful,
  }
}

function addTo(numbers: Map<number, Set<number>>, agent: number, agentSeq: number): void {
  const own = numbers.get(agent)
  if (own) own.add(agentSeq)
  else numbers.set(agent, new Set([agentSeq]))
}

function has(pairs: readonly number[], n: number): boolean {
  // From the end: duplicates are of late events.
  for (let at = pairs.length - 2; at >= 0; at -= 2) {
    if (n >= (pairs[at] as number) && n <= (pairs[at + 1] as number)) return true
  }
  return false
}

/** Head of the ledger file; `unresolved` are the events in flight. */
export type LedgerHead = Pick<Ledger, 'run' | 'seed' | 'scenario' | 'started' | 'finished'>

/**
 * The ledger as text, piece by piece, so that 50,000 agents are written without holding up the senders.
 * The unresolved come first: an event that is answered between two pieces is then in both, which reads as acknowledged.
 */
export function* toLedgerText(
  head: LedgerHead,
  ids: readonly string[],
  acknowledged: Acknowledged,
  unresolved: ReadonlyMap<number, readonly number[]>,
): Generator<string> {
  const doubt = [...unresolved.values()].reduce((sum, numbers) => sum + numbers.length, 0)
  const front = {
    schema: ledgerSchema,
    ...head,
    totals: { acknowledged: acknowledged.count, unresolved: doubt },
    unresolved: named(ids, unresolved),
    loose: named(ids, acknowledged.loose),
  }
  yield `${JSON.stringify(front).slice(0, -1)},\n"agents":{`
  let text = ''
  let first = true
  for (let agent = 0; agent < ids.length; agent++) {
    const pairs = acknowledged.pairsOf(agent)
    if (pairs.length === 0) continue
    text += `${first ? '\n' : ',\n'}${JSON.stringify(ids[agent])}:[`
    for (let at = 0; at < pairs.length; at += 2) text += `${at ? ',' : ''}[${pairs[at]},${pairs[at + 1]}]`
    text += ']'
    first = false
    if (text.length > 65_536) {
      yield text
      text = ''
    }
  }
  yield `${text}}}\n`
}

function named(
  ids: readonly string[],
  numbers: ReadonlyMap<number, Iterable<number>>,
): Record<string, number[]> {
  // An entry list, since an agent may be called __proto__.
  return Object.fromEntries([...numbers].map(([agent, own]) => [ids[agent] as string, [...own]]))
}
