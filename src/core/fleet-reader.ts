// Reads a checkpoint part by part, and checks that the parts fit together. Throws on what does not.

import { addAgentTasks, countEntries, parseBarHeads } from './bars-checkpoint.ts'
import { type JsonObject, toCount, toList, toNumber, toObject, toText, toTexts } from './checkpoint-values.ts'
import { eventKinds } from './event.ts'
import { type Fleet, makeFleet } from './fleet.ts'
import { type ChunkArray, parseChunk } from './fleet-chunk.ts'
import type { ColumnName } from './fleet-columns.ts'
import { arraysOf, type Texts, toKnownColumns, totalNames } from './fleet-layout.ts'
import { activities } from './health.ts'
import { restoreTexts } from './interned.ts'
import { type Newest, newestMax } from './newest.ts'
import { numberOf, type SeenMore } from './seen.ts'

/** `add` each part in its order, then `finish`. */
export class FleetReader {
  #fleet: Fleet | undefined
  #agents = 0
  #columns: ColumnName[] = []
  readonly #texts = { statuses: { texts: [], free: [] } as Texts, tasks: { texts: [], free: [] } as Texts }

  add(bytes: Uint8Array): void {
    const { json, take, isUsedUp } = parseChunk(bytes)
    const fleet = this.#fleet
    if (fleet === undefined) {
      if (json.part !== 'head') throw new Error('the head is missing')
      this.#agents = toCount(json.agents)
      this.#columns = toColumns(json.columns)
      this.#fleet = decodeHead(json, this.#agents, take)
    } else {
      if (json.seq !== fleet.seq) throw new Error('it is of another checkpoint')
      if (json.part === 'statuses' || json.part === 'tasks') addTexts(this.#texts[json.part], json)
      else if (json.part === 'agents')
        addAgents(fleet, { agents: this.#agents, columns: this.#columns }, json, take)
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
    countEntries(fleet.bars)
    return fleet
  }
}

type Take = (into: ChunkArray) => void

function toColumns(value: unknown): ColumnName[] {
  const columns = toKnownColumns(toTexts(value))
  if (columns === undefined) throw new Error('its columns are others')
  return columns
}

function decodeHead(json: JsonObject, agents: number, take: Take): Fleet {
  const fleet = makeFleet(Math.max(1_024, 2 ** Math.ceil(Math.log2(agents + 1))))
  fleet.bars = parseBarHeads(json.bars, fleet.columns.status.length)
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

function addTexts({ texts, free }: Texts, json: JsonObject): void {
  if (json.first !== texts.length) throw new Error('texts are missing')
  texts.push(...toTexts(json.texts))
  free.push(...toList(json.free).map(toCount))
}

type Shape = { agents: number; columns: readonly ColumnName[] }

function addAgents(fleet: Fleet, shape: Shape, json: JsonObject, take: Take): void {
  const { columns, seen } = fleet
  const first = fleet.ids.length
  const ids = toTexts(json.ids)
  const end = first + ids.length
  if (json.first !== first || end > shape.agents) throw new Error('agents are missing')
  for (const [i, id] of ids.entries())
    if (numberOf(seen, id) !== first + i) throw new Error('an agent is there twice')
  const metadata = toTexts(json.metadata)
  const runs = toList(json.runs).map((run, i) => (i > 0 && run === null ? null : toText(run)))
  const installations = toTextsOr(json.installations, ids.length)
  const platforms = toTextsOr(json.platforms, ids.length)
  if ([metadata, runs, installations, platforms].some(({ length }) => length !== ids.length))
    throw new Error('agents are incomplete')
  for (const text of metadata) fleet.metadata.push(text)
  for (const text of installations) fleet.installations.push(text)
  for (const text of platforms) fleet.platforms.push(text)
  fleet.metadata_chars += metadata.reduce((chars, text) => chars + text.length, 0)
  for (const [i, run] of runs.entries()) seen.runs[first + i] = run ?? (seen.runs[first + i - 1] as string)
  for (const array of arraysOf(fleet, first, end, shape.columns)) take(array)
  for (const entry of toList(json.more)) {
    const [agent, more] = toList(entry)
    if (toCount(agent) < first || toCount(agent) >= end) throw new Error('ranges are of another agent')
    seen.more[toCount(agent)] = toMore(more)
  }
  addAgentTasks(fleet.bars, json.tasks, first, end)
  for (let agent = first; agent < end; agent++)
    if (
      !(
        (columns.kind[agent] as number) < eventKinds.length &&
        (columns.activity[agent] as number) < activities.length
      )
    )
      throw new Error('a kind or an activity is not known')
}

/** Older checkpoints say nothing of it. */
const toTextsOr = (value: unknown, length: number): string[] =>
  value === undefined ? new Array<string>(length).fill('') : toTexts(value)

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
