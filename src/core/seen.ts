// Exactly-once effect for numbered events: which numbers of an agent's run were stored already.
// Every reader of the stream (archiver, aggregator, tail) folds the same rule over the same order,
// so all of them drop the same duplicates.
//
// The numbers seen are kept as ascending, disjoint ranges. An agent that counts without gaps has one, and there are
// many agents: that one stands in flat arrays, indexed by the agent's number; what few have stands beside.

export type SeenInput = { agent_seq?: number; run?: string; in_seq?: number }

/** What an event is for its agent: the next number, a number that leaves or fills a gap, seen before, or not numbered. */
export type SeenVerdict = 'next' | 'gap' | 'late' | 'duplicate' | 'unnumbered'

/** Flat pairs [from, to, from, to, …], inclusive, ascending, never touching. Replaced, never changed in place. */
export type Ranges = readonly number[]

/** What only agents with gaps or several runs have. Replaced, never changed in place: a copy may hold on to it. */
export type SeenMore = Readonly<{
  /** Ranges of the run in use below the highest one. */
  lower: Ranges
  /** Earlier runs, the latest last. */
  earlier: readonly { run: string; ranges: Ranges }[]
}>

export type Seen = {
  /** Number of each agent, in the order in which they were first heard of. */
  numbers: Map<string, number>
  ids: string[]
  /** The last sequence in BEACON_IN; 0 for none. */
  in_seq: Float64Array
  /** The highest range of the run in use: `from` to before `next`, which is 0 as long as no number came. */
  from: Float64Array
  next: Float64Array
  /** The run in use. */
  runs: string[]
  more: (SeenMore | undefined)[]
}

/** Runs remembered per agent: a duplicate from before the last few restarts of an agent is not expected. */
const runsMax = 8
/** Ranges remembered per run. Beyond it the lowest range is forgotten: a late repeat of it is stored again, which is better than a loss. */
const rangesMax = 512

export const makeSeen = (capacity = 1024): Seen => ({
  numbers: new Map(),
  ids: [],
  in_seq: new Float64Array(capacity),
  from: new Float64Array(capacity),
  next: new Float64Array(capacity),
  runs: [],
  more: [],
})

/** Judges one event and remembers it. The caller drops the event when the verdict is `duplicate`. */
export function observe(seen: Seen, event: SeenInput & { agent_id: string }): SeenVerdict {
  if (event.agent_seq === undefined && event.in_seq === undefined) return 'unnumbered'
  return observeAt(seen, numberOf(seen, event.agent_id), event)
}

/** The agent's number; one that was never heard of gets the next. */
export function numberOf(seen: Seen, agentId: string): number {
  const known = seen.numbers.get(agentId)
  if (known !== undefined) return known
  const agent = seen.ids.length
  const id = toOwnText(agentId)
  if (agent === seen.next.length) {
    seen.in_seq = doubled(seen.in_seq)
    seen.from = doubled(seen.from)
    seen.next = doubled(seen.next)
  }
  seen.numbers.set(id, agent)
  seen.ids.push(id)
  seen.runs.push('')
  seen.more.push(undefined)
  return agent
}

/** A copy, since an id cut out of a subject would keep the whole subject in memory for as long as it is kept itself. */
const toOwnText = (text: string): string => JSON.parse(JSON.stringify(text)) as string

/** `observe` for who knows the agent's number. */
export function observeAt(seen: Seen, agent: number, event: SeenInput): SeenVerdict {
  const { agent_seq, in_seq, run = '' } = event
  if (in_seq !== undefined) {
    const last = seen.in_seq[agent] as number
    if (in_seq <= last && last !== 0) return 'duplicate'
  }
  const verdict = judgeNumber(seen, agent, run, agent_seq)
  // What a duplicate says is not kept: the archive, from which this state is rebuilt, does not hold it.
  if (in_seq !== undefined && verdict !== 'duplicate') seen.in_seq[agent] = in_seq
  return verdict
}

function judgeNumber(seen: Seen, agent: number, run: string, agentSeq: number | undefined): SeenVerdict {
  if (agentSeq === undefined) return 'unnumbered'
  if (seen.runs[agent] !== run && !changeRun(seen, agent, run, agentSeq)) return 'duplicate'
  return insert(seen, agent, agentSeq)
}

/** Numbers between the lowest and the highest of the run in use that were not seen. */
export function missingOf(seen: Seen, agent: number): number {
  const lower = seen.more[agent]?.lower ?? []
  let missing = 0
  for (let i = 0; i < lower.length; i += 2)
    missing += (lower[i + 2] ?? (seen.from[agent] as number)) - (lower[i + 1] as number) - 1
  return missing
}

/** The lowest of the missing numbers: at most `max` ranges, both ends included. */
export function missingRanges(seen: Seen, agent: number, max: number): [from: number, to: number][] {
  const ranges = rangesOf(seen, agent)
  const missing: [number, number][] = []
  for (let i = 1; i + 1 < ranges.length && missing.length < max; i += 2)
    missing.push([(ranges[i] as number) + 1, (ranges[i + 1] as number) - 1])
  return missing
}

/** A new stream comes with a new BEACON_IN, whose sequences begin at 1 again: the old ones must not make duplicates. */
export function startEpoch(seen: Seen): void {
  seen.in_seq.fill(0)
}

/**
 * Takes another run into use for the number `n`. False when `n` is a duplicate: that changes nothing, since the
 * archive, from which this state is rebuilt, does not hold those.
 */
function changeRun(seen: Seen, agent: number, run: string, n: number): boolean {
  const before = seen.more[agent]?.earlier ?? []
  const at = before.findIndex((each) => each.run === run)
  const ranges = before[at]?.ranges ?? []
  if (holds(ranges, n)) return false
  const earlier = before.filter((_, i) => i !== at)
  const left = rangesOf(seen, agent)
  if (left.length > 0) earlier.push({ run: seen.runs[agent] as string, ranges: left })
  // Agents of one swarm share their run: so do they share its text.
  seen.runs[agent] = agent > 0 && seen.runs[agent - 1] === run ? (seen.runs[agent - 1] as string) : run
  setRanges(seen, agent, ranges, earlier.slice(1 - runsMax))
  return true
}

function insert(seen: Seen, agent: number, n: number): SeenVerdict {
  const next = seen.next[agent] as number
  if (n === next || next === 0) {
    if (next === 0) seen.from[agent] = n
    seen.next[agent] = n + 1
    return 'next'
  }
  const from = seen.from[agent] as number
  const { lower = [], earlier = [] } = seen.more[agent] ?? {}
  if (n > next) {
    const ranges = [...lower, from, next - 1]
    seen.more[agent] = { lower: ranges.slice(2 - rangesMax * 2), earlier }
    seen.from[agent] = n
    seen.next[agent] = n + 1
    return 'gap'
  }
  const ranges = n >= from ? undefined : insertBelow([...lower, from, next - 1], n)
  if (ranges === undefined) return 'duplicate'
  setRanges(seen, agent, ranges.slice(-rangesMax * 2), earlier)
  return 'late'
}

/** The ranges with `n`, which is below the highest; undefined when they hold it. */
function insertBelow(ranges: Ranges, n: number): Ranges | undefined {
  const at = endingAtOrAfter(ranges, n)
  const from = ranges[at] as number
  if (n >= from) return undefined
  const touchesNext = n === from - 1
  const touchesPrevious = at > 0 && ranges[at - 1] === n - 1
  if (touchesNext && touchesPrevious) return ranges.toSpliced(at - 1, 2)
  if (touchesNext) return ranges.with(at, n)
  if (touchesPrevious) return ranges.with(at - 1, n)
  return ranges.toSpliced(at, 0, n, n)
}

function holds(ranges: Ranges, n: number): boolean {
  const at = endingAtOrAfter(ranges, n)
  return at < ranges.length && n >= (ranges[at] as number)
}

/** Index of the first range that ends at or after `n`. */
function endingAtOrAfter(ranges: Ranges, n: number): number {
  let at = 0
  while (at < ranges.length && (ranges[at + 1] as number) < n) at += 2
  return at
}

function rangesOf(seen: Seen, agent: number): Ranges {
  const next = seen.next[agent] as number
  if (next === 0) return []
  return [...(seen.more[agent]?.lower ?? []), seen.from[agent] as number, next - 1]
}

function setRanges(seen: Seen, agent: number, ranges: Ranges, earlier: SeenMore['earlier']): void {
  const lower = ranges.slice(0, -2)
  seen.from[agent] = ranges.at(-2) ?? 0
  seen.next[agent] = (ranges.at(-1) ?? -1) + 1
  seen.more[agent] = lower.length > 0 || earlier.length > 0 ? { lower, earlier } : undefined
}

function doubled(old: Float64Array): Float64Array {
  const array = new Float64Array(old.length * 2)
  array.set(old)
  return array
}

/** A row per agent, for the archive's checkpoint: [agent_id, in_seq, run, ranges, run, ranges, …], the run in use last. */
export type SeenRow = [string, number, ...(string | Ranges)[]]

/** The agents of whom anything is remembered. */
export function* toSeenRows(seen: Seen): Generator<SeenRow> {
  for (const [agent, agentId] of seen.ids.entries()) {
    const in_seq = seen.in_seq[agent] as number
    if (in_seq === 0 && seen.next[agent] === 0) continue
    const row: SeenRow = [agentId, in_seq]
    for (const each of seen.more[agent]?.earlier ?? []) row.push(each.run, each.ranges)
    row.push(seen.runs[agent] as string, rangesOf(seen, agent))
    yield row
  }
}

export function fromSeenRow(seen: Seen, row: SeenRow): void {
  const [agentId, in_seq, ...pairs] = row
  const runs: { run: string; ranges: Ranges }[] = []
  for (let i = 0; i < pairs.length; i += 2)
    runs.push({ run: pairs[i] as string, ranges: pairs[i + 1] as Ranges })
  const { run, ranges } = runs.pop() ?? { run: '', ranges: [] }
  const agent = numberOf(seen, agentId)
  seen.in_seq[agent] = in_seq
  seen.runs[agent] = run
  setRanges(seen, agent, ranges, runs)
}
