// Sends an answer or an error over HTTP: JSON, or application/problem+json from 400 on.

import type { FastifyReply } from 'fastify'
import { BeaconError } from '../../core/errors.ts'
import { toErrorAnswer } from './ingest-answer.ts'

export type HttpAnswer = { status: number; body: object; retry_after_s?: number }

export function sendAnswer(reply: FastifyReply, { status, body, retry_after_s }: HttpAnswer): FastifyReply {
  reply.code(status)
  if (retry_after_s !== undefined) reply.header('retry-after', retry_after_s)
  reply.header('content-type', status < 400 ? 'application/json' : 'application/problem+json')
  // As bytes: fastify would add a charset to the type of a text.
  return reply.send(Buffer.from(JSON.stringify(body)))
}

export function sendError(
  reply: FastifyReply,
  error: unknown,
  onBug: (error: unknown) => void,
): FastifyReply {
  return sendAnswer(reply, toErrorAnswer(toBeaconError(error, onBug)))
}

function toBeaconError(error: unknown, onBug: (error: unknown) => void): BeaconError {
  if (error instanceof BeaconError) return error
  const { statusCode, message } = error as { statusCode?: number; message?: string }
  // What fastify itself refuses, such as a URL that cannot be decoded.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new BeaconError('usage', message ?? 'the request cannot be read')
  }
  onBug(error)
  return new BeaconError('internal', 'the request failed; the log of the gateway says why')
}
