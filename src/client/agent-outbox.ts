// Events on their way out of the spool: one request after the other, in order, each line until Beacon has judged it.

import { type AgentDoor, type DoorAnswer, toRefusal } from './agent-door.ts'
import type { AgentSpool, SpoolBatch } from './agent-spool.ts'
import { backoff_ms, makeWaker } from './agent-waker.ts'

export type AgentOutbox = {
  /** There is something to send, or somebody to send it to. */
  wake(): void
  /** Resolves with true when all that is in the spool now is done with, with false after `timeout_ms`. */
  flush(timeout_ms: number): Promise<boolean>
  readonly stored: number
  readonly refused: number
  /** Stops sending; what is not stored stays in the spool. */
  close(): void
}

export type AgentOutboxOptions = {
  door: AgentDoor
  spool: AgentSpool
  /** Undefined before the agent is registered, and after it was revoked: then nothing is sent. */
  token(): string | undefined
  /** Beacon did not take the token, or did not answer. */
  onTrouble(): void
}

const batch = { lines: 1_000, bytes: 1024 * 1024 }
const answer_ms = 15_000
const pauseMax_ms = 5_000

/** What Beacon said of a batch: how many of its lines are done with, and how many of those were refused. */
type Judged = { done: number; refused: number }

export function openAgentOutbox({ door, spool, token, onTrouble }: AgentOutboxOptions): AgentOutbox {
  const waker = makeWaker()
  const flushes = new Set<() => void>()
  let stored = 0
  let refused = 0
  let failures = 0
  /** After a refusal that names no line: so many at a time, to find it. */
  let lines_max = batch.lines
  let closed = false
  void run()

  async function run(): Promise<void> {
    while (!closed) {
      const bearer = token()
      if (bearer === undefined || spool.start === spool.end) await waker.pause(Number.POSITIVE_INFINITY)
      else await send(bearer, spool.peek({ ...batch, lines: lines_max }))
    }
  }

  async function send(bearer: string, lines: SpoolBatch): Promise<void> {
    const answer = await post(bearer, lines)
    if (closed) return
    const judged = answer && judge(answer, lines.lines.length)
    if (judged) {
      stored += judged.done - judged.refused
      refused += judged.refused
      spool.release(lines, judged.done)
      for (const look of [...flushes]) look()
    }
    if (judged?.done === lines.lines.length) {
      failures = 0
      lines_max = batch.lines
      return
    }
    if (answer && isFault(answer)) {
      lines_max = Math.max(1, lines.lines.length >> 1)
      return
    }
    if (failures === 0 && (!answer || answer.status < 500)) onTrouble()
    await waker.pause(Math.max(answer?.retry_after_ms ?? 0, backoff_ms(failures++, pauseMax_ms)))
  }

  async function post(bearer: string, { lines }: SpoolBatch): Promise<DoorAnswer | undefined> {
    const request = { token: bearer, timeout_ms: answer_ms, media_type: 'application/x-ndjson' }
    return await door.post('/ingest/state', lines.join('\n'), request).catch(() => undefined)
  }

  return {
    wake: waker.wake,
    flush(timeout_ms) {
      const target = spool.end
      if (spool.start >= target) return Promise.resolve(true)
      waker.wake()
      return new Promise((resolve) => {
        const end = (all: boolean): void => {
          clearTimeout(timer)
          flushes.delete(look)
          resolve(all)
        }
        const look = (): void => {
          if (spool.start >= target) end(true)
        }
        const timer = setTimeout(() => end(false), timeout_ms)
        flushes.add(look)
      })
    },
    get stored() {
      return stored
    },
    get refused() {
      return refused
    },
    close() {
      closed = true
      waker.wake()
    },
  }
}

type IngestDocument = {
  accepted?: number
  rejected?: number
  errors?: { index: number }[]
  not_stored?: [number, number][]
}

/** The answers of POST /ingest/state (docs/http.md). Undefined: nothing is known of any line, so all are sent again. */
function judge(answer: DoorAnswer, count: number): Judged | undefined {
  const { accepted = 0, rejected = 0, errors, not_stored } = (answer.body ?? {}) as IngestDocument
  if (answer.status === 202) return { done: count, refused: Math.min(count, rejected) }
  if (answer.status === 422 && errors) return { done: count, refused: count }
  // A single line that Beacon cannot take for what it is, such as one that is too large.
  if (isFault(answer) && count === 1) return { done: 1, refused: 1 }
  const [first] = not_stored ?? []
  if (accepted === 0 || !first || !errors) return undefined
  const [done] = first
  return { done, refused: errors.filter(({ index }) => index < done).length }
}

/** The body is at fault, not the token and not the moment. */
const isFault = (answer: DoorAnswer): boolean =>
  [400, 413, 415, 422].includes(answer.status) && toRefusal(answer).code !== 'daemon_unreachable'
