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

/** The run in use stands inline: nearly every agent has one, and there are many agents. */
type AgentSeen = {
  run: string
  ranges: Ranges
  /** Earlier runs, the latest last. */
  earlier: { run: string; ranges: Ranges }[] | undefined
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
  const { agent_id, agent_seq, in_seq, run = '' } = event
  if (agent_seq === undefined && in_seq === undefined) return 'unnumbered'
  let agent = seen.get(agent_id)
  if (!agent) {
    agent = { run, ranges: [], earlier: undefined, in_seq: 0 }
    seen.set(agent_id, agent)
  }
  if (in_seq !== undefined) {
    if (in_seq <= agent.in_seq) return 'duplicate'
    agent.in_seq = in_seq
  }
  if (agent_seq === undefined) return 'unnumbered'
  return agent.run === run ? insert(agent.ranges, agent_seq) : insertOther(agent, run, agent_seq)
}

/**
 * A number of another run than the last one, which becomes the last one: unless it is a duplicate, since the archive,
 * from which this state is rebuilt, does not hold those.
 */
function insertOther(agent: AgentSeen, run: string, n: number): SeenVerdict {
  const earlier = agent.earlier ?? []
  const at = earlier.findIndex((each) => each.run === run)
  const ranges = earlier[at]?.ranges ?? []
  const verdict = insert(ranges, n)
  if (verdict === 'duplicate') return verdict
  if (at >= 0) earlier.splice(at, 1)
  if (agent.ranges.length > 0) earlier.push({ run: agent.run, ranges: agent.ranges })
  if (earlier.length >= runsMax) earlier.shift()
  agent.earlier = earlier
  agent.run = run
  agent.ranges = ranges
  return verdict
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

/** A row per agent, for a checkpoint: [agent_id, in_seq, run, ranges, run, ranges, …], the run in use last. */
export type SeenRow = [string, number, ...(string | Ranges)[]]

export function* toSeenRows(seen: Seen): Generator<SeenRow> {
  for (const [agentId, { run, ranges, earlier, in_seq }] of seen) {
    const row: SeenRow = [agentId, in_seq]
    for (const each of earlier ?? []) row.push(each.run, each.ranges)
    row.push(run, ranges)
    yield row
  }
}

export function fromSeenRow(seen: Seen, row: SeenRow): void {
  const [agentId, in_seq, ...pairs] = row
  const runs: { run: string; ranges: Ranges }[] = []
  for (let i = 0; i < pairs.length; i += 2) {
    runs.push({ run: pairs[i] as string, ranges: pairs[i + 1] as Ranges })
  }
  const { run, ranges } = runs.pop() ?? { run: '', ranges: [] }
  seen.set(agentId, { run, ranges, earlier: runs.length > 0 ? runs : undefined, in_seq })
}
