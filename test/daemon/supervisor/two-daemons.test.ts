// Two homes whose daemons share one NATS: each answers for itself.

import type { NatsConnection } from '@nats-io/nats-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectBroker } from '../../../src/client/connect.ts'
import type { DaemonRecord } from '../../../src/client/endpoints.ts'
import { requestGateways, requestStatus, requestStop } from '../../../src/client/supervisor-client.ts'
import { isAlive } from '../../../src/daemon/supervisor/process-table.ts'
import { startNats, type TestNats } from '../../kit/nats.ts'
import { eventually, makeHome, refusal, type TestHome } from '../../kit/supervised-home.ts'

let nats: TestNats
let nc: NatsConnection
let one: TestHome
let two: TestHome
let first: DaemonRecord
let second: DaemonRecord

beforeAll(async () => {
  nats = await startNats()
  nc = await connectBroker({ url: nats.url, name: 'test' })
  one = makeHome()
  two = makeHome()
  const shared = { config: { nats: nats.url }, nats_server: null }
  const started = await Promise.all([one.start(shared), two.start(shared)])
  first = started[0].daemon
  second = started[1].daemon
})
afterAll(async () => {
  await Promise.all([one, two].map((each) => each[Symbol.asyncDispose]()))
  await nc.close()
  await nats.stop()
})

const gateways = async (id: string): Promise<string[]> =>
  (await requestGateways({ nc, id }, 'ls')).gateways.map(({ instance }) => instance)

test('each answers for itself, whichever home or id it is asked by', async () => {
  expect(first.id).not.toBe(second.id)
  expect(await one.status()).toMatchObject({ home: one.home.root, pid: first.pid, id: first.id })
  expect(await two.status()).toMatchObject({ home: two.home.root, pid: second.pid, id: second.id })
  expect((await requestStatus({ nc, id: second.id })).home).toBe(two.home.root)
})

test('who knows a URL only gets the status of one of them', async () => {
  expect([first.id, second.id]).toContain((await requestStatus({ nc, id: null })).id)
})

test('who knows a URL only can change nothing, and is told whom it could mean', async () => {
  const refused = await refusal(requestGateways({ nc, id: null }, 'add'))
  expect(refused.code).toBe('usage')
  expect(refused.detail).toContain('2 daemons are on this NATS')
  expect(refused.detail).toContain(one.home.root)
  expect(refused.detail).toContain(two.home.root)
  expect(refused.hint).toContain('--home')
  expect(await refusal(requestStop({ nc, id: null }))).toMatchObject({ code: 'usage' })
})

test('a gateway is added to the one that is meant', async () => {
  await requestGateways({ nc, id: second.id }, 'add')
  expect(await gateways(first.id)).toEqual(['gateway-1'])
  expect(await gateways(second.id)).toEqual(['gateway-1', 'gateway-2'])
})

test('a stop ends the one that is meant; the other is then the only one', async () => {
  await requestStop({ nc, id: first.id })
  await eventually('the end', () => !isAlive({ pid: first.pid, started: null }) || undefined)
  expect(await two.status()).toMatchObject({ ready: true, pid: second.pid })
  const { gateways: only } = await requestGateways({ nc, id: null }, 'ls')
  expect(only.map(({ instance }) => instance)).toEqual(['gateway-1', 'gateway-2'])
})
