// POST /ingest/state and /ingest/claim

import type { FastifyInstance } from 'fastify'
import { toPrincipal } from './auth.ts'
import { boundDoor, type Door } from './door.ts'
import { sendAnswer } from './http-answer.ts'
import type { Ingest } from './ingest.ts'
import { makeBodyReader } from './read-body.ts'

/** Bytes of all bodies that are being read or worked on. */
const bodiesMax = 64 * 1024 * 1024

export type Doors = { state: Door; claim: Door }

export function addIngestRoutes(app: FastifyInstance, ingest: Ingest, doors: Doors): void {
  const bodies = makeBodyReader(bodiesMax)
  for (const [name, door] of Object.entries(doors)) {
    app.post(
      `/ingest/${name}`,
      { config: { right: 'ingest', agents: 'handler' } },
      async (request, reply) => {
        const bytes = await bodies.read(request.raw)
        try {
          const answer = await ingest(boundDoor(door, toPrincipal(request)), {
            bytes,
            content_type: request.headers['content-type'],
            content_encoding: request.headers['content-encoding'],
          })
          return sendAnswer(reply, answer)
        } finally {
          bodies.release(bytes.length)
        }
      },
    )
  }
}
