// GET /api/v1/status and POST /api/v1/tempo: the beat of the cluster, and its tempo.

import { setTimeout as sleep } from 'node:timers/promises'
import type { NatsConnection } from '@nats-io/nats-core'
import type { FastifyInstance } from 'fastify'
import type { BeatFeed } from '../../client/beat-feed.ts'
import { changeTempo, fetchPulse } from '../../client/pulse-client.ts'
import type { Beat } from '../../core/beat-tracker.ts'
import { toCountedDocument } from '../../core/counted-document.ts'
import { BeaconError } from '../../core/errors.ts'
import type { PulseDocument, TempoDocument } from '../../core/pulse-document.ts'
import { tempoRange } from '../../core/tempo.ts'
import { toBodyText } from './body-text.ts'
import { parseJsonText } from './json-text.ts'
import { makeBodyReader } from './read-body.ts'

export type PulseSources = { nc: NatsConnection; feed: BeatFeed; cluster_id: string }

/** A leader that does not answer within this time is not waited for. */
const patience_ms = 300

export function addPulseRoutes(app: FastifyInstance, { nc, feed, cluster_id }: PulseSources): void {
  app.get('/api/v1/status', { config: { right: 'read' } }, async (): Promise<PulseDocument> => {
    const asked = fetchPulse(nc, cluster_id).catch(() => undefined)
    const told = await Promise.race([asked, sleep(patience_ms, undefined, { ref: false })])
    if (told) return told
    const beat = feed.now()
    // No pulse answers, so this gateway's own count stands for it.
    if (beat)
      return {
        ...toCountedDocument(cluster_id, beat, { wall_ms: Date.now() }, feed.facts().drift_ms),
        degraded: true,
      }
    throw new BeaconError(
      'beat_unknown',
      `no frame of ${cluster_id} has been heard yet, and no pulse answers`,
    )
  })

  app.post('/api/v1/tempo', { config: { right: 'operate' } }, async (request): Promise<TempoDocument> => {
    const bytes = await bodies.read(request.raw)
    bodies.release(bytes.length)
    const bpm = parseTempoBody(await toBodyText(bytes, request.headers['content-encoding']), feed.now())
    return await changeTempo(nc, cluster_id, bpm)
  })
}

const bodies = makeBodyReader(1024 * 1024)

/** What was asked for, whatever it is: the leader judges it, who knows the tempo that counts. Throws tempo_refused or body_not_json. */
function parseTempoBody(text: string, beat: Beat | undefined): unknown {
  const body = parseBody(text, () => refuse('bpm is not a number', beat))
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw refuse('the body is no object', beat)
  const other = Object.keys(body).find((name) => name !== 'bpm')
  if (other !== undefined)
    throw refuse(`${JSON.stringify(other.slice(0, 80))} is no field of this body`, beat)
  return (body as { bpm?: unknown }).bpm
}

/** NaN and Infinity are no JSON, yet some serializers write them: `toRefusal` says what is wrong then. */
function parseBody(text: string, toRefusal: () => BeaconError): unknown {
  try {
    return parseJsonText(text)
  } catch (error) {
    throw /[:\s-](NaN|Infinity)\b/.test(text) ? toRefusal() : error
  }
}

function refuse(what: string, beat: Beat | undefined): BeaconError {
  const range = beat && tempoRange(beat.tempo_bpm)
  const allowed = range ? `; now ${range.min_bpm}–${range.max_bpm} is allowed` : ''
  return new BeaconError('tempo_refused', `${what}: send {"bpm":132}${allowed}`)
}
