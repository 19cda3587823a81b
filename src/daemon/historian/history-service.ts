// The historian's door on NATS: five questions, bounded in how many are answered at a time.

import type { NatsConnection } from '@nats-io/nats-core'
import { type ServiceMsg, Svcm } from '@nats-io/services'
import type { Logger } from 'pino'
import { BeaconError } from '../../core/errors.ts'
import { historySubjects } from '../../core/history.ts'
import type { History } from './history.ts'
import { Refusal } from './refusal.ts'

/** Requests answered at a time; beyond it they are refused rather than left waiting. */
const requests_max = 32

export type HistoryService = { stats(): Record<string, number>; stop(): Promise<void> }

/** `open` is called with the first request: a historian whom nobody asks stays small. */
export async function startHistoryService(
  nc: NatsConnection,
  open: () => Promise<History>,
  log: Logger,
): Promise<HistoryService> {
  let opening: Promise<History> | undefined
  let history: History | undefined
  const counts = { requests_total: 0, refused_total: 0, failed_total: 0, requests: 0, answer_ms_max: 0 }

  const answer = async (question: Question, message: ServiceMsg): Promise<string> => {
    if (counts.requests >= requests_max) throw new Refusal(503, `${requests_max} requests are being answered`)
    counts.requests++
    try {
      opening ??= open()
      history = await opening
      return await history[question](parseBody(message))
    } catch (error) {
      if (!history) opening = undefined
      throw error
    } finally {
      counts.requests--
    }
  }

  const serve = async (question: Question, message: ServiceMsg): Promise<void> => {
    counts.requests_total++
    const began = performance.now()
    try {
      message.respond(await answer(question, message))
    } catch (error) {
      const { status, message: detail } = toRefusal(error)
      if (status === 500) {
        counts.failed_total++
        log.error({ err: error, question }, 'a request for the past failed')
      } else counts.refused_total++
      if (!nc.isClosed()) message.respondError(status, detail)
    }
    counts.answer_ms_max = Math.max(counts.answer_ms_max, Math.round(performance.now() - began))
  }

  const service = await new Svcm(nc).add({
    name: 'beacon-historian',
    version: '1.0.0',
    description: 'Events, reports and the fleet at past moments',
  })
  for (const [name, subject] of Object.entries(historySubjects))
    service.addEndpoint(name, {
      subject,
      handler: (error, message) => {
        if (!error) void serve(name as Question, message)
      },
    })
  // Ready means that a request finds us, not that our subscriptions are on their way.
  await nc.flush()
  return {
    stats() {
      const stats = { ...counts, ...history?.stats() }
      counts.answer_ms_max = 0
      return stats
    },
    async stop() {
      await service.stop()
      await history?.close()
    },
  }
}

type Question = keyof typeof historySubjects

function parseBody(message: ServiceMsg): unknown {
  try {
    return JSON.parse(message.string() || '{}')
  } catch {
    throw new Refusal(400, 'the request must be a JSON object')
  }
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (!(error instanceof BeaconError))
    return new Refusal(500, 'a bug in Beacon: see the log of the historian')
  if (error.code === 'archive_missing') return new Refusal(404, error.detail)
  if (error.code === 'archive_damaged') return new Refusal(507, error.detail)
  return new Refusal(500, error.detail)
}
