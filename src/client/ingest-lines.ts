// Sends a stream of NDJSON lines in order, in batches, and keeps account of what became of each line.
//
// Lines without a number get one (per agent, in a run of their own), so that a batch whose outcome stayed
// unknown can be sent again without being stored twice.

import { setTimeout as sleep } from 'node:timers/promises'
import { BeaconError } from '../core/errors.ts'
import type { BodyError, IngestAnswer } from './ingest-client.ts'

export type LineError = { line: number; field: string; message: string }

export type IngestTotals = { accepted: number; rejected: number; errors: LineError[] }

export type IngestLinesOptions = {
  send(ndjson: string): Promise<IngestAnswer>
  /** Names the run of lines that bring no number. */
  run: string
  signal: AbortSignal
  onProgress?(totals: Readonly<IngestTotals>): void
  /** How long to go on trying while Beacon refuses or is away. */
  patience_ms?: number
}

const batch_lines = 500
const batch_bytes = 512 * 1024
const retry_ms = 500
const errorsKept = 1_000

/** Resolves with the totals; rejects with what stopped it, naming the first line that is not known to be stored. */
export async function ingestLines(
  lines: AsyncIterable<string>,
  options: IngestLinesOptions,
): Promise<IngestTotals> {
  const totals: IngestTotals = { accepted: 0, rejected: 0, errors: [] }
  const number = makeNumbering(options.run)
  let batch: string[] = []
  let batchLines: number[] = []
  let bytes = 0
  let lineNumber = 0
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return
    const answer = await sendPatiently(batch.join('\n'), batchLines[0] ?? 0, options)
    totals.accepted += answer.accepted
    totals.rejected += answer.rejected
    for (const error of answer.errors) keep(totals, error, batchLines)
    batch = []
    batchLines = []
    bytes = 0
    options.onProgress?.(totals)
  }
  for await (const line of lines) {
    lineNumber++
    if (line.trim() === '') continue
    const numbered = number(line)
    if (batch.length >= batch_lines || bytes + numbered.length > batch_bytes) await flush()
    batch.push(numbered)
    batchLines.push(lineNumber)
    bytes += Buffer.byteLength(numbered) + 1
  }
  await flush()
  return totals
}

function keep(totals: IngestTotals, error: BodyError, batchLines: number[]): void {
  if (totals.errors.length >= errorsKept) return
  totals.errors.push({ line: batchLines[error.index] ?? 0, field: error.field, message: error.message })
}

async function sendPatiently(
  body: string,
  firstLine: number,
  options: IngestLinesOptions,
): Promise<IngestAnswer> {
  const until = performance.now() + (options.patience_ms ?? 30_000)
  for (;;) {
    try {
      return await options.send(body)
    } catch (error) {
      if (!(error instanceof BeaconError && error.entry.status === 503)) throw error
      if (options.signal.aborted || performance.now() > until) {
        throw new BeaconError(
          error.code,
          `${error.detail}; lines from ${firstLine} on are not known to be stored`,
          {
            hint: `Send the input again from line ${firstLine}.`,
            cause: error,
          },
        )
      }
      await sleep(retry_ms, undefined, { signal: options.signal }).catch(() => undefined)
    }
  }
}

/** Adds `agent_seq` and `run` to an object line that has neither. A line that is no such object stays as it is: the gateway names its fault. */
function makeNumbering(run: string): (line: string) => string {
  const last = new Map<string, number>()
  const suffix = `,"run":${JSON.stringify(run)}}`
  return (line) => {
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch {
      return line
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return line
    const { agent_id, status, agent_seq, run: ownRun } = value as Record<string, unknown>
    if (typeof agent_id !== 'string' || typeof status !== 'string') return line
    if (agent_seq !== undefined || ownRun !== undefined) return line
    const next = (last.get(agent_id) ?? 0) + 1
    last.set(agent_id, next)
    return `${line.trimEnd().slice(0, -1)},"agent_seq":${next}${suffix}`
  }
}
