// The fleet as bytes and back: what a restart and time travel begin with.
//
// A snapshot is taken at once, so that it is the fleet at one sequence; it is written in parts, so that whoever writes
// it can attend to other things between them. The fold goes on from what is read as if it had never stopped: with equal
// numbers, totals and verdicts on duplicates. Checksums and compression are the caller's.

import type { Arrivals } from './arrivals.ts'
import { eventKinds } from './event.ts'
import { type Fleet, makeFleet } from './fleet.ts'
import { type ChunkArray, parseChunk, toChunk } from './fleet-chunk.ts'
import { columnNames, type FleetColumns, sliceColumns } from './fleet-columns.ts'
import { activities } from './health.ts'
import { type Interned, restoreTexts } from './interned.ts'
import { type Newest, newestMax } from './newest.ts'
import { err, ok, type Result } from './result.ts'
import { numberOf, type Seen, type SeenMore } from './seen.ts'

/** Shares only what never changes with the fleet that it was taken of. */
export type FleetSnapshot = {
  agents: number
  totals: Totals
  newest: Newest
  arrivals: Arrivals
  statuses: Texts
  tasks: Texts
  /** Grows, but what is there stays. */
  ids: readonly string[]
  metadata: string[]
  columns: FleetColumns
  seen: SeenArrays
}

type SeenArrays = Omit<Seen, 'numbers' | 'ids'>

type Totals = Pick<Fleet, (typeof totalNames)[number]>
type Texts = Pick<Interned, 'texts' | 'free'>

const totalNames = [
  'seq',
  'first_seq',
  'received_at_ms',
  'events',
  'errors',
  'duplicates',
  'gaps',
  'reorders',
  'missing',
] as const

const part_agents_max = 2_000
/** A part ends early after so much metadata. */
const part_chars_max = 1024 * 1024
const part_texts = 10_000

/** The fleet as it is now. Quick: flat arrays are copied, and lists of references. */
export function snapshotFleet(fleet: Fleet): FleetSnapshot {
  const { seen, newest, arrivals } = fleet
  const agents = fleet.ids.length
  return {
    agents,
    totals: totalsOf(fleet),
    newest: { pushed: newest.pushed, slots: newest.slots.map((slot) => ({ ...slot })) },
    arrivals: { ...arrivals, tenths: arrivals.tenths.slice(), counts: arrivals.counts.slice() },
    statuses: textsOf(fleet.statuses),
    tasks: textsOf(fleet.tasks),
    ids: fleet.ids,
    metadata: fleet.metadata.slice(),
    columns: sliceColumns(fleet.columns, 0, agents),
    seen: {
      in_seq: seen.in_seq.slice(0, agents),
      from: seen.from.slice(0, agents),
      next: seen.next.slice(0, agents),
      runs: seen.runs.slice(),
      more: seen.more.slice(),
    },
  }
}

const totalsOf = (fleet: Totals): Totals =>
  Object.fromEntries(totalNames.map((name) => [name, fleet[name]])) as Totals
const textsOf = ({ texts, free }: Interned): Texts => ({ texts: texts.slice(), free: free.slice() })

/** The head, the texts, then the agents: each part in about a millisecond. */
export function* encodeSnapshot(snapshot: FleetSnapshot): Generator<Uint8Array> {
  const { agents, totals, newest, arrivals, statuses, tasks } = snapshot
  const { seq } = totals
  yield toChunk(
    { part: 'head', seq, agents, totals, newest, since_ms: arrivals.since_ms, columns: columnNames },
    [arrivals.tenths, arrivals.counts],
  )
  yield* encodeTexts('statuses', statuses, seq)
  yield* encodeTexts('tasks', tasks, seq)
  for (let first = 0; first < agents; ) {
    const end = endOfPart(snapshot, first)
    yield encodeAgents(snapshot, first, end)
    first = end
  }
}

/** Free numbers are never more than texts, so they go along with them. */
function* encodeTexts(
  part: 'statuses' | 'tasks',
  { texts, free }: Texts,
  seq: number,
): Generator<Uint8Array> {
  for (let first = 0; first < texts.length; first += part_texts) {
    const end = first + part_texts
    yield toChunk({ part, seq, first, texts: texts.slice(first, end), free: free.slice(first, end) }, [])
  }
}

function endOfPart({ agents, metadata }: FleetSnapshot, first: number): number {
  let chars = 0
  let end = first
  while (end < agents && end - first < part_agents_max && chars < part_chars_max)
    chars += (metadata[end++] as string).length
  return end
}

function encodeAgents(snapshot: FleetSnapshot, first: number, end: number): Uint8Array {
  const { totals, ids, metadata, columns, seen } = snapshot
  const more: [agent: number, more: SeenMore][] = []
  // Most agents share their run with the one before: null.
  const runs: (string | null)[] = []
  for (let agent = first; agent < end; agent++) {
    const run = seen.runs[agent] as string
    runs.push(agent > first && run === seen.runs[agent - 1] ? null : run)
    const beside = seen.more[agent]
    if (beside !== undefined) more.push([agent, beside])
  }
  return toChunk(
    {
      part: 'agents',
      seq: totals.seq,
      first,
      ids: ids.slice(first, end),
      metadata: metadata.slice(first, end),
      runs,
      more,
    },
    arraysOf(columns, seen, first, end),
  )
}

/** Entries of the agents from `from` to before `to`, in the order in which they are written. */
const arraysOf = (columns: FleetColumns, seen: SeenArrays, from: number, to: number): ChunkArray[] => [
  ...columnNames.map((name) => columns[name].subarray(from, to)),
  seen.in_seq.subarray(from, to),
  seen.from.subarray(from, to),
  seen.next.subarray(from, to),
]

/** The fleet of these parts, in their order; otherwise what is wrong. Checks that they fit together, not that no bit is wrong. */
export function decodeFleet(chunks: Iterable<Uint8Array>): Result<Fleet, string> {
  let part = 0
  try {
    const decoder = new Decoder()
    for (const chunk of chunks) {
      decoder.add(chunk)
      part++
    }
    return ok(decoder.finish())
  } catch (error) {
    return err(`part ${part}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

type Json = Record<string, unknown>

/** Throws what `decodeFleet` gives as a value. */
class Decoder {
  #fleet: Fleet | undefined
  #agents = 0
  readonly #texts = { statuses: { texts: [], free: [] } as Texts, tasks: { texts: [], free: [] } as Texts }

  add(bytes: Uint8Array): void {
    const { json, take, isUsedUp } = parseChunk(bytes)
    const fleet = this.#fleet
    if (fleet === undefined) {
      if (json.part !== 'head') throw new Error('the head is missing')
      this.#agents = toCount(json.agents)
      this.#fleet = decodeHead(json, this.#agents, take)
    } else {
      if (json.seq !== fleet.seq) throw new Error('it is of another checkpoint')
      if (json.part === 'statuses' || json.part === 'tasks') addTexts(this.#texts[json.part], json)
      else if (json.part === 'agents') addAgents(fleet, this.#agents, json, take)
      else throw new Error('it is of no known kind')
    }
    if (!isUsedUp()) throw new Error('it holds more than belongs to it')
  }

  finish(): Fleet {
    const fleet = this.#fleet
    if (fleet === undefined) throw new Error('the head is missing')
    if (fleet.ids.length !== this.#agents) throw new Error('agents are missing')
    restoreTexts(fleet.statuses, this.#texts.statuses, fleet.columns.status.subarray(0, this.#agents))
    restoreTexts(fleet.tasks, this.#texts.tasks, fleet.columns.task.subarray(0, this.#agents))
    return fleet
  }
}

type Take = (into: ChunkArray) => void

function decodeHead(json: Json, agents: number, take: Take): Fleet {
  if (toTexts(json.columns).join() !== columnNames.join()) throw new Error('its columns are others')
  const fleet = makeFleet(Math.max(1_024, 2 ** Math.ceil(Math.log2(agents + 1))))
  const totals = toObject(json.totals)
  for (const name of totalNames) fleet[name] = toNumber(totals[name])
  const { pushed, slots } = toObject(json.newest)
  fleet.newest.pushed = toCount(pushed)
  fleet.newest.slots = toList(slots).map(toSlot)
  if (fleet.newest.slots.length !== Math.min(newestMax, fleet.newest.pushed))
    throw new Error('events are missing')
  take(fleet.arrivals.tenths)
  take(fleet.arrivals.counts)
  // JSON has no infinity, which stands for "not yet".
  if (json.since_ms !== null) fleet.arrivals.since_ms = toNumber(json.since_ms)
  return fleet
}

function toSlot(value: unknown): Newest['slots'][number] {
  const { seq, received_at_ms, agent_id, kind, status, metadata } = toObject(value)
  return {
    seq: toNumber(seq),
    received_at_ms: toNumber(received_at_ms),
    agent_id: toText(agent_id),
    kind: toText(kind),
    status: toText(status),
    metadata: toText(metadata),
  }
}

function addTexts({ texts, free }: Texts, json: Json): void {
  if (json.first !== texts.length) throw new Error('texts are missing')
  texts.push(...toTexts(json.texts))
  free.push(...toList(json.free).map(toCount))
}

function addAgents(fleet: Fleet, agents: number, json: Json, take: Take): void {
  const { columns, seen } = fleet
  const first = fleet.ids.length
  const ids = toTexts(json.ids)
  const end = first + ids.length
  if (json.first !== first || end > agents) throw new Error('agents are missing')
  for (const [i, id] of ids.entries())
    if (numberOf(seen, id) !== first + i) throw new Error('an agent is there twice')
  const metadata = toTexts(json.metadata)
  const runs = toList(json.runs).map((run, i) => (i > 0 && run === null ? null : toText(run)))
  if (metadata.length !== ids.length || runs.length !== ids.length) throw new Error('agents are incomplete')
  for (const text of metadata) fleet.metadata.push(text)
  fleet.metadata_chars += metadata.reduce((chars, text) => chars + text.length, 0)
  for (const [i, run] of runs.entries()) seen.runs[first + i] = run ?? (seen.runs[first + i - 1] as string)
  for (const array of arraysOf(columns, seen, first, end)) take(array)
  for (const entry of toList(json.more)) {
    const [agent, more] = toList(entry)
    if (toCount(agent) < first || toCount(agent) >= end) throw new Error('ranges are of another agent')
    seen.more[toCount(agent)] = toMore(more)
  }
  for (let agent = first; agent < end; agent++)
    if (
      !(
        (columns.kind[agent] as number) < eventKinds.length &&
        (columns.activity[agent] as number) < activities.length
      )
    )
      throw new Error('a kind or an activity is not known')
}

function toMore(value: unknown): SeenMore {
  const { lower, earlier } = toObject(value)
  return {
    lower: toRanges(lower),
    earlier: toList(earlier).map((each) => {
      const { run, ranges } = toObject(each)
      return { run: toText(run), ranges: toRanges(ranges) }
    }),
  }
}

function toRanges(value: unknown): number[] {
  const ranges = toList(value).map(toNumber)
  if (ranges.length % 2 !== 0) throw new Error('a range has no end')
  return ranges
}

const wrong = (): never => {
  throw new Error('a value is of the wrong kind')
}
const toNumber = (value: unknown): number => (typeof value === 'number' ? value : wrong())
const toCount = (value: unknown): number =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : wrong()
const toText = (value: unknown): string => (typeof value === 'string' ? value : wrong())
const toList = (value: unknown): unknown[] => (Array.isArray(value) ? value : wrong())
const toTexts = (value: unknown): string[] => toList(value).map(toText)
const toObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : wrong()
