// Measures the archive alone: events of a simulated swarm into it, and one agent's last events out of it.

import { makeIdSource } from '../../core/event-id.ts'
import { toEventLine } from '../../core/event-line.ts'
import { type Hlc, tick, toHlcText } from '../../core/hlc.ts'
import { openArchiveReader } from './archive-reader.ts'
import { openArchiveWriter } from './archive-writer.ts'
import type { StreamEvent } from './stage.ts'

export type ArchiveBenchOptions = {
  /** An empty folder; the archive is left in it. */
  dir: string
  events?: number
  agents?: number
  /** Events that wait for the archiver at a time, and so share one transaction and flush. */
  append_events?: number
  signal?: AbortSignal
  onProgress?(events: number): void
}

export type ArchiveBench = {
  events: number
  /** Time of the appends alone, their flushes and checkpoints included; making the events is not. */
  events_per_s: number
  events_per_s_last_tenth: number
  bytes_per_event: number
  checkpoint_ms_max: number
  append_p99_ms: number
  last100_p50_ms: number
  last100_p99_ms: number
}

const lookups = 1000
/** Simulated events per second of the simulated clock. */
const rate = 50_000

export async function benchArchive(options: ArchiveBenchOptions): Promise<ArchiveBench> {
  const { dir, events = 10_000_000, agents = 50_000, append_events = 5_000, signal, onProgress } = options
  const swarm = new Swarm(agents)
  const writer = await openArchiveWriter({ dir, batch: 500, retention_ms: 30 * 86_400_000 })
  const tenth = Math.floor(events * 0.9)
  const appends: number[] = []
  let total_ms = 0
  let lastTenth_ms = 0
  let lastTenthEvents = 0
  let checkpoint_ms_max = 0
  try {
    await writer.beginEpoch({ stream_created: 'bench', baseline_seq: 0 })
    for (let seq = 0; seq < events; ) {
      signal?.throwIfAborted()
      const batch = swarm.events(seq + 1, Math.min(append_events, events - seq))
      const started = performance.now()
      await writer.append(batch)
      const elapsed_ms = performance.now() - started
      appends.push(elapsed_ms)
      total_ms += elapsed_ms
      seq += batch.length
      if (seq > tenth) {
        lastTenth_ms += elapsed_ms
        lastTenthEvents += batch.length
      }
      checkpoint_ms_max = Math.max(checkpoint_ms_max, writer.checkpoint_ms)
      onProgress?.(seq)
    }
  } finally {
    await writer.close()
  }
  const reads = await timeLookups(dir, agents, signal)
  return {
    events,
    events_per_s: Math.round((events / total_ms) * 1000),
    events_per_s_last_tenth: Math.round((lastTenthEvents / lastTenth_ms) * 1000),
    bytes_per_event: reads.bytes / events,
    checkpoint_ms_max,
    append_p99_ms: percentile(appends, 99),
    last100_p50_ms: percentile(reads.times, 50),
    last100_p99_ms: percentile(reads.times, 99),
  }
}

async function timeLookups(dir: string, agents: number, signal: AbortSignal | undefined) {
  const reader = openArchiveReader(dir)
  try {
    const times: number[] = []
    for (let i = 0; i < lookups; i++) {
      signal?.throwIfAborted()
      const agent = toAgentId(Math.floor((i * agents) / lookups))
      const started = performance.now()
      reader.lastOfAgent(agent, 100)
      times.push(performance.now() - started)
    }
    return { times, bytes: reader.stats().bytes }
  } finally {
    await reader.close()
  }
}

function percentile(values: number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0
}

const toAgentId = (n: number): string => `agent-${String(n).padStart(5, '0')}`
const statuses = ['running', 'idle', 'completed', 'waiting', 'error', 'paused']
const tasks = [
  'data_fetch',
  'llm_call',
  'tool_use',
  'planning',
  'code_review',
  'embedding',
  'retrieval',
  'summarize',
]

/** Events as the simulator's, without its randomness: a linear congruential generator, the same in each run. */
class Swarm {
  readonly #agents: number
  readonly #numbers: Uint32Array
  readonly #start_ms = Date.now()
  #now_ms = 0
  #state = 12345
  #hlc: Hlc = { wall_ms: 0, counter: 0 }
  readonly #nextId = makeIdSource(
    () => this.#now_ms,
    () => [1_234_567_890, 987_654_321],
  )

  constructor(agents: number) {
    this.#agents = agents
    this.#numbers = new Uint32Array(agents)
  }

  events(from: number, count: number): StreamEvent[] {
    return Array.from({ length: count }, (_, i) => this.#event(from + i))
  }

  #event(seq: number): StreamEvent {
    // A day's worth at most, so that the measurement does not hang on how many partitions it meets.
    this.#now_ms = this.#start_ms - 3_600_000 + Math.floor((seq / rate) * 1000)
    this.#hlc = tick(this.#hlc, this.#now_ms)
    const n = this.#below(this.#agents)
    const agent_seq = (this.#numbers[n] as number) + 1
    this.#numbers[n] = agent_seq
    const agent_id = toAgentId(n)
    const line = toEventLine(
      {
        agent_id,
        status: statuses[this.#below(statuses.length)] as string,
        agent_seq,
        run: 'bench-1',
        metadata: {
          task: tasks[this.#below(tasks.length)] as string,
          tokens: this.#below(4000),
          progress: this.#below(100) / 100,
        },
      },
      { id: this.#nextId(), received_at_ms: this.#now_ms, hlc: toHlcText(this.#hlc, 0xabcdef1) },
    )
    return { seq, agent_id, line: Buffer.from(line) }
  }

  #below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#state / 0x100000000) * limit)
  }
}
