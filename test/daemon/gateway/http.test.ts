import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Broker,
  type Running,
  readEvents,
  request,
  startBroker,
  startGateway,
} from './running-gateway.ts'

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

test('one event is answered 202 with its sequence, and is in the stream', async () => {
  const answer = await gateway.post('{"agent_id":"a 1","status":"running","metadata":{"task":"t"}}')
  expect(answer).toMatchObject({ status: 202, body: { status: 'accepted' } })
  const events = await readEvents(broker)
  expect(events.find((event) => event.seq === answer.body.seq)).toMatchObject({
    agent_id: 'a 1',
    status: 'running',
    metadata: { task: 't' },
    subject: expect.stringMatching(/^beacon\.ev\.\d+\.a%201$/),
  })
})

test('an unknown route is a problem document', async () => {
  const answer = await request(`${gateway.url}/nothing`)
  expect(answer).toMatchObject({
    status: 404,
    type: 'application/problem+json',
    body: { code: 'route_not_found' },
  })
})
