// Claims on their way: one after the other, each until JetStream says that it is stored, or until patience ends.

import { randomUUID } from 'node:crypto'
import {
  headers,
  type NatsConnection,
  NoRespondersError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
} from '@nats-io/nats-core'
import { BeaconError } from '../core/errors.ts'

export type ClaimOutbox = {
  /** Resolves with the claim's sequence in the stream. Throws overloaded, not_allowed, outcome_unknown or daemon_unreachable. */
  send(subject: string, body: string): Promise<number>
  readonly connected: boolean
  readonly counts: { acknowledged: number; failed: number; waiting: number }
  /** What waits is rejected. */
  close(): void
}

export type OutboxOptions = {
  /** Claims that may wait. */
  waiting_max: number
  /** How long each is tried. */
  patience_ms: number
}

/** How long one answer is waited for. */
const answer_ms = 2_000
/** A last attempt gets so long, past its patience if need be: without an answer nobody knows whether it is stored. */
const answerMin_ms = 250
const pauseFirst_ms = 50
const pauseMax_ms = 1_000

type Waiting = {
  subject: string
  body: string
  /** The broker stores a repeated one once. */
  id: string
  until_ms: number
  resolve(seq: number): void
  reject(error: BeaconError): void
}

export function openClaimOutbox(nc: NatsConnection, options: OutboxOptions): ClaimOutbox {
  const queue: Waiting[] = []
  const counts = { acknowledged: 0, failed: 0 }
  const closed = new AbortController()
  let pumping = false
  let connected = true
  /** Ends a pause. */
  let wake = (): void => {}

  void watch()
  async function watch(): Promise<void> {
    for await (const { type } of nc.status()) {
      if (type === 'disconnect') connected = false
      if (type !== 'reconnect') continue
      connected = true
      wake()
    }
  }

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  async function pump(): Promise<void> {
    if (pumping) return
    pumping = true
    for (let claim = queue[0]; claim; claim = queue[0]) {
      try {
        const seq = await deliver(claim)
        counts.acknowledged++
        claim.resolve(seq)
      } catch (error) {
        counts.failed++
        claim.reject(error as BeaconError)
      }
      queue.shift()
    }
    pumping = false
  }

  async function deliver(claim: Waiting): Promise<number> {
    let failure = new BeaconError('daemon_unreachable', 'the broker is away')
    for (let attempt = 0; !closed.signal.aborted; attempt++) {
      const left_ms = claim.until_ms - performance.now()
      if (left_ms <= 0) throw failure
      if (connected) {
        const answer = await publish(nc, claim, Math.max(answerMin_ms, Math.min(answer_ms, left_ms)))
        if (typeof answer === 'number') return answer
        if (answer.code === 'not_allowed') throw answer
        // Once it may have been stored, it may have been stored.
        if (failure.code !== 'outcome_unknown') failure = answer
      }
      const wait_ms = connected ? Math.min(pauseMax_ms, pauseFirst_ms * 2 ** Math.min(attempt, 10)) : left_ms
      await pause(Math.max(1, Math.min(wait_ms, claim.until_ms - performance.now())))
    }
    throw new BeaconError('daemon_unreachable', 'the connection was closed')
  }

  return {
    send(subject, body) {
      return new Promise((resolve, reject) => {
        if (closed.signal.aborted) {
          return reject(new BeaconError('daemon_unreachable', 'the connection was closed'))
        }
        if (queue.length >= options.waiting_max) {
          return reject(
            new BeaconError('overloaded', `${queue.length} claims wait already: is the broker away?`),
          )
        }
        const until_ms = performance.now() + options.patience_ms
        queue.push({ subject, body, id: randomUUID(), until_ms, resolve, reject })
        void pump()
      })
    },
    get connected() {
      return connected
    },
    get counts() {
      return { ...counts, waiting: queue.length }
    },
    close() {
      closed.abort()
      wake()
    },
  }
}

type PubAck = { seq?: number; error?: { code: number; description?: string } }

/** One attempt: the sequence, or why there is none. */
async function publish(nc: NatsConnection, claim: Waiting, timeout: number): Promise<number | BeaconError> {
  const header = headers()
  header.set('Nats-Msg-Id', claim.id)
  try {
    const reply = await nc.request(claim.subject, claim.body, { timeout, headers: header })
    const { seq, error } = reply.json<PubAck>()
    if (seq !== undefined) return seq
    return new BeaconError('overloaded', `the stream refused the claim: ${error?.description ?? 'no reason'}`)
  } catch (error) {
    return toFailure(error)
  }
}

function toFailure(error: unknown): BeaconError {
  const cause = error instanceof RequestError && error.cause ? error.cause : error
  if (cause instanceof PermissionViolationError) {
    return new BeaconError('not_allowed', cause.message, { cause: error })
  }
  if (cause instanceof NoRespondersError) {
    return new BeaconError('daemon_unreachable', 'no stream takes claims of this cluster', { cause: error })
  }
  if (cause instanceof TimeoutError) {
    return new BeaconError('outcome_unknown', 'the broker did not answer in time', { cause: error })
  }
  const detail = error instanceof Error ? error.message : String(error)
  return new BeaconError('daemon_unreachable', detail, { cause: error })
}
