// Staging: judges events of the stream in their order and cuts them into blocks, up to one transaction's worth.
//
// Nothing is written here, but the duplicate rule's state moves on. So a staged transaction must be committed, and
// be tried again until it is, before anything else is staged or the state is written down.

import { peekEventLine } from '../../core/event-line.ts'
import { observe, type Seen } from '../../core/seen.ts'
import { observeReport, type Reported } from '../../core/stored-report.ts'
import { hashAgent, toAgentToken } from '../../core/subjects.ts'
import { hashOfBlock } from './block.ts'
import type { BlockBuilder } from './block-builder.ts'
import { type ArchiveCursor, chainHead, type PartitionSummary } from './cursor.ts'
import type { TailBlock } from './index-page.ts'
import { toPositionKey } from './keys.ts'
import { encodeQuarantined, type Quarantined } from './quarantine.ts'
import { encodeReport, type StreamReport } from './report-row.ts'

export type StreamEvent = {
  seq: number
  /** As the subject names it. */
  agent_id: string
  line: Buffer
}

export type Staged = {
  /** The cursor and the partition's summary once this is committed. */
  cursor: ArchiveCursor
  summary: PartitionSummary
  blocks: { key: Buffer; value: Buffer; tail: TailBlock }[]
  quarantine: { key: Buffer; value: Buffer }[]
  bars: { key: Buffer; value: Buffer }[]
}

/** What the stream brought, each list ascending by sequence. */
export type Arrived = { events: StreamEvent[]; quarantined: Quarantined[]; reports: StreamReport[] }

export type StageInput = Arrived & {
  cursor: ArchiveCursor
  summary: PartitionSummary
  seen: Seen
  reported: Reported
  /** Empty; its memory is used again and again. */
  builder: BlockBuilder
  /** Events of a block at most. */
  batch: number
  now_ms: number
  /** The partition that an event received, or a report issued, at this time opens, or undefined when it belongs into the present one. */
  opensPartition(received_at_ms: number): string | undefined
}

/** A block of large events is cut early, so that reading one event never costs more than this. */
const blockBytesMax = 4 * 1024 * 1024
/** LMDB bounds the pages of a transaction, and so do we its memory. */
const transactionBytesMax = 64 * 1024 * 1024

/** Stages what lies behind the cursor. Stops before what opens a partition, and when the transaction is full. */
export function stage(input: StageInput): Staged & { done: boolean; opens: string | undefined } {
  const { events, quarantined, reports, seen } = input
  const draft = new Draft(input)
  let e = firstAfter(events, input.cursor.seq)
  let q = firstAfter(quarantined, input.cursor.seq)
  let r = firstAfter(reports, input.cursor.seq)
  for (;;) {
    const event = events[e]
    const item = quarantined[q]
    const report = reports[r]
    const seq = Math.min(event?.seq ?? none, item?.seq ?? none, report?.seq ?? none)
    if (seq === none) return draft.finish(true, undefined)
    if (draft.bytes > transactionBytesMax) return draft.finish(false, undefined)
    if (item?.seq === seq) {
      draft.quarantine(item)
      q++
    } else if (report?.seq === seq) {
      const opens = input.opensPartition(report.issued_at_ms)
      if (opens !== undefined) return draft.finish(false, opens)
      draft.report(report)
      r++
    } else if (event) {
      const peek = peekEventLine(event.line)
      if (!peek) {
        draft.quarantine(refused(event, input.now_ms))
      } else {
        const opens = input.opensPartition(peek.received_at_ms)
        if (opens !== undefined) return draft.finish(false, opens)
        const verdict = observe(seen, Object.assign(peek, { agent_id: event.agent_id }))
        if (verdict === 'duplicate') draft.drop(event.seq)
        else draft.keep(event, peek.received_at_ms)
      }
      e++
    }
  }
}

const none = Number.POSITIVE_INFINITY

function firstAfter(items: { seq: number }[], seq: number): number {
  const first = items.findIndex((item) => item.seq > seq)
  return first < 0 ? items.length : first
}

function refused({ seq, agent_id, line }: StreamEvent, now_ms: number): Quarantined {
  return {
    seq,
    subject: `beacon.ev.*.${toAgentToken(agent_id)}`,
    reason: 'not an event line of Beacon',
    bytes: line,
    received_at_ms: now_ms,
  }
}

class Draft {
  readonly #input: StageInput
  readonly #cursor: ArchiveCursor
  readonly #summary: PartitionSummary
  readonly #blocks: Staged['blocks'] = []
  readonly #quarantine: Staged['quarantine'] = []
  readonly #bars: Staged['bars'] = []
  #head: Buffer
  #hashes: number[] = []
  bytes = 0

  constructor(input: StageInput) {
    this.#input = input
    this.#cursor = { ...input.cursor }
    this.#summary = { ...input.summary, written_ms: input.now_ms }
    this.#head = chainHead(input.cursor)
  }

  keep(event: StreamEvent, received_at_ms: number): void {
    this.#moveTo(event.seq)
    this.#cursor.archived++
    const { batch, builder } = this.#input
    builder.add(event.seq, event.line, received_at_ms)
    this.#hashes.push(hashAgent(event.agent_id))
    this.bytes += event.line.length
    const summary = this.#summary
    summary.events++
    if (summary.oldest_ms === null || received_at_ms < summary.oldest_ms) summary.oldest_ms = received_at_ms
    if (summary.newest_ms === null || received_at_ms > summary.newest_ms) summary.newest_ms = received_at_ms
    if (builder.count >= batch || builder.length >= blockBytesMax) this.#cut()
  }

  drop(seq: number): void {
    this.#moveTo(seq)
    this.#cursor.duplicate++
  }

  quarantine(item: Quarantined): void {
    this.#moveTo(item.seq)
    this.#cursor.quarantined++
    this.#summary.quarantined++
    this.bytes += item.bytes.length
    this.#quarantine.push(encodeQuarantined(this.#cursor.epoch, item))
  }

  report(report: StreamReport): void {
    this.#moveTo(report.seq)
    if (observeReport(this.#input.reported, report) === 'repeated') {
      this.#cursor.repeated_reports++
      return
    }
    this.#cursor.reports++
    this.#summary.reports++
    this.bytes += report.line.length
    this.#bars.push(encodeReport(this.#cursor.epoch, report))
  }

  finish(done: boolean, opens: string | undefined): Staged & { done: boolean; opens: string | undefined } {
    this.#cut()
    this.#cursor.chain = this.#head.toString('hex')
    return {
      cursor: this.#cursor,
      summary: this.#summary,
      blocks: this.#blocks,
      quarantine: this.#quarantine,
      bars: this.#bars,
      done,
      opens,
    }
  }

  #moveTo(seq: number): void {
    this.#cursor.missing += seq - this.#cursor.seq - 1
    this.#cursor.seq = seq
  }

  #cut(): void {
    const { builder } = this.#input
    const first_seq = builder.firstSeq
    if (first_seq === undefined) return
    const { epoch } = this.#cursor
    const value = builder.finish(epoch, this.#head)
    this.#blocks.push({
      key: toPositionKey({ epoch, seq: first_seq }),
      value,
      tail: { epoch, first_seq, hashes: Uint32Array.from(this.#hashes) },
    })
    this.#head = hashOfBlock(value)
    this.#summary.blocks++
    this.#hashes = []
  }
}
