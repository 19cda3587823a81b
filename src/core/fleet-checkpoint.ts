// The fleet as bytes and back: what a restart and time travel begin with.
//
// A snapshot is taken at once, so that it is the fleet at one sequence; it is written in parts, so that whoever writes
// it can attend to other things between them. The fold goes on from what is read as if it had never stopped: with equal
// numbers, totals and verdicts on duplicates. Checksums and compression are the caller's.

import type { Arrivals } from './arrivals.ts'
import type { Bars } from './bars.ts'
import { copyBars, toAgentTasks, toBarHeads } from './bars-checkpoint.ts'
import type { Fleet } from './fleet.ts'
import { toChunk } from './fleet-chunk.ts'
import { columnNames, type FleetColumns, sliceColumns } from './fleet-columns.ts'
import { arraysOf, type SeenArrays, type Texts, type Totals, totalNames } from './fleet-layout.ts'
import { FleetReader } from './fleet-reader.ts'
import type { Interned } from './interned.ts'
import type { Newest } from './newest.ts'
import { err, ok, type Result } from './result.ts'
import type { SeenMore } from './seen.ts'

/** Shares only what never changes with the fleet that it was taken of. */
export type FleetSnapshot = {
  agents: number
  totals: Totals
  newest: Newest
  arrivals: Arrivals
  bars: Bars
  statuses: Texts
  tasks: Texts
  /** Grows, but what is there stays. */
  ids: readonly string[]
  metadata: string[]
  installations: string[]
  platforms: string[]
  columns: FleetColumns
  seen: SeenArrays
}

const part_agents_max = 2_000
/** A part ends early after so much metadata and platforms. */
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
    bars: copyBars(fleet.bars, agents),
    statuses: textsOf(fleet.statuses),
    tasks: textsOf(fleet.tasks),
    ids: fleet.ids,
    metadata: fleet.metadata.slice(),
    installations: fleet.installations.slice(),
    platforms: fleet.platforms.slice(),
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
  const { agents, totals, newest, arrivals, bars, statuses, tasks } = snapshot
  const { seq } = totals
  yield toChunk(
    {
      part: 'head',
      seq,
      agents,
      totals,
      newest,
      since_ms: arrivals.since_ms,
      bars: toBarHeads(bars),
      columns: columnNames,
    },
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

function endOfPart({ agents, metadata, platforms }: FleetSnapshot, first: number): number {
  let chars = 0
  let end = first
  while (end < agents && end - first < part_agents_max && chars < part_chars_max)
    chars += (metadata[end] as string).length + (platforms[end++] as string).length
  return end
}

function encodeAgents(snapshot: FleetSnapshot, first: number, end: number): Uint8Array {
  const { totals, ids, metadata, installations, platforms, seen, bars } = snapshot
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
      installations: installations.slice(first, end),
      platforms: platforms.slice(first, end),
      runs,
      more,
      tasks: toAgentTasks(bars, first, end),
    },
    arraysOf(snapshot, first, end),
  )
}

/** The fleet of these parts, in their order; otherwise what is wrong. Checks that they fit together, not that no bit is wrong. */
export function decodeFleet(chunks: Iterable<Uint8Array>): Result<Fleet, string> {
  let part = 0
  try {
    const reader = new FleetReader()
    for (const chunk of chunks) {
      reader.add(chunk)
      part++
    }
    return ok(reader.finish())
  } catch (error) {
    return err(`part ${part}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
