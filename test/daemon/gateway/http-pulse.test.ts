// The beat and the tempo over HTTP. The leader is played by this test, where one is needed: what it was asked is looked at.

import { headers, type Subscription } from '@nats-io/nats-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backbeatSubjects } from '../../../src/core/pulse-document.ts'
import { beatUntilHeard, cluster, slowest_bpm, windowOf } from './beats.ts'
import { type Broker, type Running, request, startBroker, startGateway, until } from './running-gateway.ts'

let broker: Broker
let gateway: Running
beforeAll(async () => {
  broker = await startBroker()
  gateway = await startGateway(broker.nats.url)
})
afterAll(async () => {
  await gateway?.stop()
  await broker?.stop()
})

const subjects = backbeatSubjects(cluster)
const getStatus = () => request(`${gateway.url}/api/v1/status`)
const postTempo = (body: string) => request(`${gateway.url}/api/v1/tempo`, { method: 'POST', body })

/** Answers as a leader does. `answer` may be a problem; none is silence. */
async function lead(subject: string, answer: { document?: object; problem?: { status: number } }) {
  const asked: unknown[] = []
  const leader: Subscription = broker.nc.subscribe(subject, {
    callback: (_error, message) => {
      asked.push(message.string() === '' ? null : message.json())
      const { document, problem } = answer
      if (document) message.respond(JSON.stringify(document))
      if (!problem) return
      const header = headers()
      header.set('Nats-Service-Error-Code', String(problem.status))
      message.respond(JSON.stringify(problem), { headers: header })
    },
  })
  await broker.nc.flush()
  return { asked, stop: () => leader.unsubscribe() }
}

test('before any beat is known there is no status: 503', async () => {
  expect(await getStatus()).toMatchObject({
    status: 503,
    retry_after: '1',
    body: { code: 'beat_unknown' },
  })
})

describe('when a beat was heard', () => {
  beforeAll(() => beatUntilHeard(broker, gateway, 1_000, { late_ms: 250_000 }))

  test("without a pulse the status is the gateway's own count, and says so", async () => {
    const { status, body } = await getStatus()
    expect(status).toBe(200)
    expect(body).toEqual({
      schema: 'beacon.pulse.v1',
      cluster_id: cluster,
      beat_index: 1_000,
      phase: 'execute',
      downbeat: false,
      window_id: windowOf(1_000),
      from_beat: 960,
      to_beat: 1_079,
      beats_per_bar: 120,
      tempo_bpm: slowest_bpm,
      tempo_next: null,
      tempo_min_bpm: 0.1,
      tempo_max_bpm: 0.2,
      beat_at: expect.any(String),
      deadline_at: expect.any(String),
      ends_at: expect.any(String),
      at: expect.any(String),
      leader: 'pulse',
      epoch: 1,
      degraded: true,
      drift_ms: 0,
      jitter_ms: null,
      last_bar: null,
    })
    const ms = (time: string) => Date.parse(time)
    expect(ms(body.ends_at) - ms(body.beat_at)).toBe(600_000)
    expect(ms(body.deadline_at) - ms(body.beat_at)).toBe(400_000)
  })

  test('where one leads, the status is what the leader says', async () => {
    const document = { schema: 'beacon.pulse.v1', beat_index: 1_001, degraded: false }
    const leader = await lead(subjects.status, { document })
    expect(await getStatus()).toMatchObject({ status: 200, body: document })
    leader.stop()
  })

  test('a leader that hangs holds nobody up', async () => {
    const leader = await lead(subjects.status, {})
    const status = getStatus()
    // It comes to itself when it is asked for the second time; the status does not wait for that.
    await until(() => leader.asked.length > 0, 'the leader to be asked')
    const awake = await lead(subjects.status, { document: { beat_index: 1_001 } })
    expect(await status).toMatchObject({ status: 200, body: { beat_index: 1_000, degraded: true } })
    leader.stop()
    awake.stop()
  })

  test('another tempo is for the leader to grant', async () => {
    const document = { schema: 'beacon.tempo.v1', tempo_next: { bpm: 0.2, at_beat: 1_001 } }
    const leader = await lead(subjects.tempo, { document })
    expect(await postTempo('{"bpm":0.2}')).toMatchObject({ status: 200, body: document })
    expect(leader.asked).toEqual([{ bpm: 0.2 }])
    leader.stop()
  })

  test.each(['{"bpm":0}', '{"bpm":-1}', '{"bpm":240}', '{"bpm":"fast"}', '{}'])(
    '%s is judged by the leader: 422 with what is allowed',
    async (body) => {
      const problem = { status: 422, code: 'tempo_refused', detail: 'from 0.1 BPM to 0.1–0.2', hint: 'h' }
      const leader = await lead(subjects.tempo, { problem })
      expect(await postTempo(body)).toMatchObject({
        status: 422,
        type: 'application/problem+json',
        body: { code: 'tempo_refused', detail: problem.detail },
      })
      leader.stop()
    },
  )

  test.each(['{"bpm":NaN}', '{"bpm":-Infinity}', '7', '[132]', 'null', '{"bpm":0.2,"at":7}'])(
    '%s: 422 with what is allowed, and nobody is asked',
    async (body) => {
      expect(await postTempo(body)).toMatchObject({
        status: 422,
        body: { code: 'tempo_refused', detail: expect.stringContaining('0.1–0.2 is allowed') },
      })
    },
  )

  test('what is no JSON: 400', async () => {
    for (const body of ['', '{"bpm":', 'fast'])
      expect(await postTempo(body)).toMatchObject({ status: 400, body: { code: 'body_not_json' } })
  })

  test('without a pulse the tempo cannot be changed: 503', async () => {
    expect(await postTempo('{"bpm":0.2}')).toMatchObject({
      status: 503,
      retry_after: '1',
      body: { code: 'pulse_unreachable' },
    })
  })

  test('a web page of another origin may not change it', async () => {
    const init = { method: 'POST', body: '{"bpm":0.2}', headers: { origin: 'https://evil.example' } }
    expect(await request(`${gateway.url}/api/v1/tempo`, init)).toMatchObject({ status: 403 })
  })
})
