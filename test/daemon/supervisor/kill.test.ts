import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connectHome } from '../../../src/client/endpoints.ts'
import { endProcess } from '../../../src/daemon/supervisor/end-process.ts'
import { isAlive, startTime } from '../../../src/daemon/supervisor/process-table.ts'
import { stopDaemon } from '../../../src/daemon/supervisor/stop-daemon.ts'
import {
  eventually,
  everyServiceUp,
  killNow,
  makeHome,
  putEvent,
  service,
  type TestHome,
} from '../../kit/supervised-home.ts'

test('after a kill -9 of the supervisor, a start replaces its orphans and keeps the stream', async () => {
  await using it = makeHome()
  await it.start()
  await putEvent(it.home)
  const before = await everyServiceUp(it)
  await killNow(before.pid)
  const { already, daemon } = await it.start()
  expect(already).toBe(false)
  expect(daemon.nats).toBe(before.nats)
  for (const each of [...before.services, before.broker])
    expect([each.instance, isAlive({ pid: each.pid as number, started: null })]).toEqual([
      each.instance,
      false,
    ])
  const after = await it.status()
  expect(after).toMatchObject({ ready: true, broker: { stream: { last_seq: 1 } } })
})

test('a service that outlives its supervisor without moving is ended by the next start', async () => {
  await using it = makeHome()
  await it.start()
  const before = await it.status()
  const archiver = service(before, 'archiver')
  process.kill(archiver.pid as number, 'SIGSTOP')
  await killNow(before.pid)
  await it.start()
  expect(isAlive({ pid: archiver.pid as number, started: null })).toBe(false)
  expect((await it.status()).ready).toBe(true)
})

test('services end by themselves when their supervisor is killed, and flush first', async () => {
  await using it = makeHome()
  await it.start()
  const before = await everyServiceUp(it)
  const children = before.services.filter((each) => each.pid !== before.pid)
  await killNow(before.pid)
  await eventually('the end of the services', () => children.every((each) => isGone(each.pid)) || undefined)
  const ends = readFileSync(join(it.home.root, 'ends'), 'utf8').trimEnd().split('\n').sort()
  expect(ends).toEqual([
    'aggregator ended, broker up',
    'archiver ended, broker up',
    'gateway-1 ended, broker up',
    'historian ended, broker up',
    'pulse ended, broker up',
  ])
  expect(isGone(before.broker.pid)).toBe(false)
})

test('stop after a kill -9 of the supervisor stops the nats-server that was left', async () => {
  await using it = makeHome()
  await it.start()
  const before = await it.status()
  await killNow(before.pid)
  const stopped = await stopDaemon({ home: it.home })
  expect(stopped.already).toBe(true)
  expect(stopped.leftovers).toBeGreaterThan(0)
  expect(isGone(before.broker.pid)).toBe(true)
})

test('a killed nats-server comes back on its port, and clients that were connected go on', async () => {
  await using it = makeHome()
  await it.start()
  await putEvent(it.home)
  const client = await connectHome(it.home, 'service', 'test')
  const before = await everyServiceUp(it)
  await killNow(before.broker.pid)
  const after = await eventually('the return of the broker', async () => {
    const status = await it.status()
    return status.broker.pid !== before.broker.pid && status.ready ? status : undefined
  })
  expect(after.broker).toMatchObject({ state: 'up', restarts: 1, last_exit: 'ended by SIGKILL' })
  expect(after.nats).toBe(before.nats)
  expect(after.broker.stream?.last_seq).toBe(1)
  expect(after.services.map((each) => each.restarts)).toEqual([0, 0, 0, 0, 0, 0])
  // What it publishes before it is connected again is thrown away.
  await eventually('the reconnect', () => client.rtt())
  expect((await client.request('beacon.ev.0.test', '{}')).json()).toMatchObject({ seq: 2 })
  await client.close()
})

test.each(['archiver', 'aggregator', 'gateway-1', 'pulse', 'historian'])(
  'a killed %s is started again and says why',
  async (instance) => {
    await using it = makeHome()
    await it.start()
    const before = service(await everyServiceUp(it), instance)
    await killNow(before.pid)
    const after = await eventually('the return', async () => {
      const now = service(await it.status(), instance)
      return now.state === 'up' && now.pid !== before.pid ? now : undefined
    })
    expect(after).toMatchObject({ restarts: 1, last_exit: 'ended by SIGKILL' })
  },
)

test('a service that keeps dying waits longer each time, and the state is written down', async () => {
  await using it = makeHome()
  await it.start()
  for (let died = 1; died <= 4; died++) {
    const { pid } = service(await it.status(), 'aggregator')
    await killNow(pid)
    await eventually('one more restart', async () => (await up(it, 'aggregator', died)) || undefined)
  }
  const waits = readFileSync(join(it.home.logs, 'daemon.log'), 'utf8')
    .split('\n')
    .map((line) => /"of":"aggregator".*"again_in_ms":(\d+)/.exec(line)?.[1])
    .filter((wait) => wait !== undefined)
  expect(waits).toEqual(['100', '200', '400', '800'])
  const state = JSON.parse(readFileSync(join(it.home.run, 'state.json'), 'utf8')) as {
    status: { services: { instance: string; restarts: number }[] }
  }
  expect(state.status.services.find((each) => each.instance === 'aggregator')?.restarts).toBe(4)
})

test('a stopped service is shown as degraded, is not killed, and recovers', async () => {
  await using it = makeHome()
  await it.start()
  const { pid } = service(await it.status(), 'archiver')
  process.kill(pid as number, 'SIGSTOP')
  const degraded = await eventually('the degraded state', async () => {
    const status = await it.status()
    return service(status, 'archiver').state === 'degraded' ? status : undefined
  })
  expect(degraded).toMatchObject({ ready: false, not_ready_reasons: ['the archiver is degraded'] })
  expect(isGone(pid)).toBe(false)
  process.kill(pid as number, 'SIGCONT')
  await eventually('its recovery', async () => (await up(it, 'archiver', 0)) || undefined)
  expect(service(await it.status(), 'archiver').pid).toBe(pid)
})

test('a pid that now belongs to another process is left alone', async () => {
  // The test's own process stands for the stranger: the same pid with another start time.
  expect(isAlive({ pid: process.pid, started: startTime(process.pid) })).toBe(true)
  const stranger = { pid: process.pid, started: '1' }
  expect(isAlive(stranger)).toBe(false)
  expect(await endProcess(stranger, 100)).toBe(true)
})

async function up(it: TestHome, instance: string, restarts: number): Promise<boolean> {
  const now = service(await it.status(), instance)
  return now.state === 'up' && now.restarts === restarts
}

const isGone = (pid: number | null): boolean => !isAlive({ pid: pid as number, started: null })
