// POST /ingest/state

import type { FastifyInstance } from 'fastify'
import { sendAnswer } from './http-answer.ts'
import type { Ingest } from './ingest.ts'
import { makeBodyReader } from './read-body.ts'

/** Bytes of all bodies that are being read or worked on. */
const bodiesMax = 64 * 1024 * 1024

export function addIngestRoute(app: FastifyInstance, ingest: Ingest): void {
  const bodies = makeBodyReader(bodiesMax)
  app.post('/ingest/state', async (request, reply) => {
    const bytes = await bodies.read(request.raw)
    try {
      const answer = await ingest({
        bytes,
        content_type: request.headers['content-type'],
        content_encoding: request.headers['content-encoding'],
      })
      return sendAnswer(reply, answer)
    } finally {
      bodies.release(bytes.length)
    }
  })
}
