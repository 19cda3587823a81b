// Exactly-once effect for numbered events: which numbers of an agent's run were stored already.
// Every reader of the stream (archiver, aggregator, tail) folds the same rule over the same order,
// so all of them drop the same duplicates.
//
// The numbers seen are kept as ascending, disjoint ranges; an agent that counts without gaps has one.

export type SeenInput = { agent_id: string; agent_seq?: number; run?: string; in_seq?: number }

/** What an event is for its agent: the next number, a number that leaves or fills a gap, seen before, or not numbered. */
export type SeenVerdict = 'next' | 'gap' | 'late' | 'duplicate' | 'unnumbered'

/** Flat pairs [from, to, from, to, …], inclusive, ascending, never touching. */
type Ranges = number[]

type AgentSeen = {
  /** Runs, the least recently used first. */
  runs: Map<string, Ranges>
  in_seq: number
}

export type Seen = Map<string, AgentSeen>

/** Runs remembered per agent: a duplicate from before the last few restarts of an agent is not expected. */
const runsMax = 8
/** Ranges remembered per run. Beyond it the lowest range is forgotten: a late repeat of it is stored again, which is better than a loss. */
const rangesMax = 512

export const makeSeen = (): Seen => new Map()

/** Judges one event and remembers it. The caller drops the event when the verdict is `duplicate`. */
export function observe(seen: Seen, event: SeenInput): SeenVerdict {
  if (event.agent_seq === undefined && event.in_seq === undefined) return 'unnumbered'
  let agent = seen.get(event.agent_id)
  if (!agent) {
    agent = { runs: new Map(), in_seq: 0 }
    seen.set(event.agent_id, agent)
  }
  if (event.in_seq !== undefined) {
    if (event.in_seq <= agent.in_seq) return 'duplicate'
    agent.in_seq = event.in_seq
  }
  if (event.agent_seq === undefined) return 'unnumbered'
  return insert(rangesOf(agent, event.run ?? ''), event.agent_seq)
}

function rangesOf(agent: AgentSeen, run: string): Ranges {
  let ranges = agent.runs.get(run)
  if (ranges && agent.runs.size === 1) return ranges
  if (ranges) agent.runs.delete(run)
  else ranges = []
  agent.runs.set(run, ranges)
  if (agent.runs.size > runsMax) {
    const oldest = agent.runs.keys().next()
    if (!oldest.done) agent.runs.delete(oldest.value)
  }
  return ranges
}

function insert(ranges: Ranges, n: number): SeenVerdict {
  const last = ranges.length - 1
  if (last < 0) {
    ranges.push(n, n)
    return 'next'
  }
  const highest = ranges[last] as number
  if (n === highest + 1) {
    ranges[last] = n
    return 'next'
  }
  if (n > highest) {
    ranges.push(n, n)
    if (ranges.length > rangesMax * 2) ranges.splice(0, 2)
    return 'gap'
  }
  return insertBelow(ranges, n)
}

function insertBelow(ranges: Ranges, n: number): SeenVerdict {
  // The first range that ends at or after n.
  let at = 0
  while ((ranges[at + 1] as number) < n) at += 2
  const from = ranges[at] as number
  if (n >= from) return 'duplicate'
  const touchesNext = n === from - 1
  const touchesPrevious = at > 0 && ranges[at - 1] === n - 1
  if (touchesNext && touchesPrevious) ranges.splice(at - 1, 2)
  else if (touchesNext) ranges[at] = n
  else if (touchesPrevious) ranges[at - 1] = n
  else {
    ranges.splice(at, 0, n, n)
    if (ranges.length > rangesMax * 2) ranges.splice(0, 2)
  }
  return 'late'
}

/** A row per agent, for a checkpoint: [agent_id, in_seq, run, ranges, run, ranges, …]. */
export type SeenRow = [string, number, ...(string | Ranges)[]]

export function* toSeenRows(seen: Seen): Generator<SeenRow> {
  for (const [agentId, agent] of seen) {
    const row: SeenRow = [agentId, agent.in_seq]
    for (const [run, ranges] of agent.runs) row.push(run, ranges)
    yield row
  }
}

export function fromSeenRow(seen: Seen, row: SeenRow): void {
  const [agentId, inSeq, ...pairs] = row
  const runs = new Map<string, Ranges>()
  for (let i = 0; i < pairs.length; i += 2) runs.set(pairs[i] as string, pairs[i + 1] as Ranges)
  seen.set(agentId, { runs, in_seq: inSeq })
}
