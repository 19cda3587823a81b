import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connectHome, readBrokerUrl, readDaemonRecord } from '../../../src/client/endpoints.ts'
import { requestGateways, requestStop } from '../../../src/client/supervisor-client.ts'
import { daemonStatus } from '../../../src/daemon/supervisor/daemon-status.ts'
import { lockHolder } from '../../../src/daemon/supervisor/lock.ts'
import { isAlive } from '../../../src/daemon/supervisor/process-table.ts'
import { stopDaemon } from '../../../src/daemon/supervisor/stop-daemon.ts'
import {
  eventually,
  everyServiceUp,
  listenSomewhere,
  makeHome,
  putEvent,
  refusal,
  service,
} from '../../kit/supervised-home.ts'

test('a start ends with every service up and the books balanced', async () => {
  await using it = makeHome()
  const { already, daemon } = await it.start()
  expect(already).toBe(false)
  expect(await it.status()).toMatchObject({
    ready: true,
    not_ready_reasons: [],
    degraded: false,
    http: daemon.http,
  })
  const status = await everyServiceUp(it)
  expect(status.services.map((each) => [each.instance, each.state])).toEqual([
    ['supervisor', 'up'],
    ['gateway-1', 'up'],
    ['archiver', 'up'],
    ['aggregator', 'up'],
    ['pulse', 'up'],
    ['historian', 'up'],
  ])
  expect(status.books).toMatchObject({ accepted: 0, in_flight: 0, balanced: true })
  expect(status.promise).toContain('survives kill -9 of anything and the loss of power')
  const measured = await eventually('usage of each process', async () => {
    const next = await it.status()
    const all = [...next.services, next.broker]
    return all.every((each) => (each.rss_bytes ?? 0) > 1e6 && each.cpu_percent !== null) ? next : undefined
  })
  expect(measured.broker.pid).not.toBe(measured.pid)
})

test('without its historian the daemon is ready, and tries to get it for ever', async () => {
  await using it = makeHome()
  await it.start({ config: { cluster: 'no-past' } })
  const tried = await eventually('a fourth try', async () => {
    const status = await it.status()
    return service(status, 'historian').restarts >= 3 ? status : undefined
  })
  expect(tried).toMatchObject({ ready: true, not_ready_reasons: [] })
  expect(service(tried, 'historian').last_exit).toContain('a bug in the historian')
})

test('stop ends every process, and a second stop says that nothing ran', async () => {
  await using it = makeHome()
  await it.start()
  const status = await it.status()
  const pids = [...status.services, status.broker].map((each) => each.pid as number)
  expect(await stopDaemon({ home: it.home })).toMatchObject({ already: false, pid: status.pid })
  expect(pids.filter((pid) => isAlive({ pid, started: null }))).toEqual([])
  expect(existsSync(join(it.home.run, 'daemon.lock'))).toBe(false)
  expect(readDaemonRecord(it.home)).toBeUndefined()
  expect(await stopDaemon({ home: it.home })).toMatchObject({ already: true, pid: null, leftovers: 0 })
  expect(await refusal(it.status())).toMatchObject({ code: 'daemon_unreachable' })
})

test('a stop over NATS does the same', async () => {
  await using it = makeHome()
  const { daemon } = await it.start()
  const nc = await connectHome(it.home, 'operator', 'test')
  await requestStop({ nc, id: null })
  await nc.close()
  await eventually('the end', () => !isAlive({ pid: daemon.pid, started: null }) || undefined)
  expect(lockHolder(it.home.run)).toBeUndefined()
})

test('the stream, the passwords and the NATS port are the same after a restart', async () => {
  await using it = makeHome()
  await it.start()
  const url = readBrokerUrl(it.home, 'agent')
  expect(await putEvent(it.home)).toBe(1)
  await it.stop()
  await it.start()
  expect(readBrokerUrl(it.home, 'agent')).toBe(url)
  expect(await putEvent(it.home)).toBe(2)
})

test('credentials can be read by the owner only', async () => {
  await using it = makeHome()
  await it.start()
  const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)
  expect(mode(it.home.credentials)).toBe('700')
  expect(mode(it.home.broker)).toBe('700')
  for (const name of ['service.url', 'agent.url', 'agent.password', 'reader.password'])
    expect([name, mode(join(it.home.credentials, name))]).toEqual([name, '600'])
  expect(mode(join(it.home.broker, 'nats-server.conf'))).toBe('600')
})

test('starting twice says that it already runs', async () => {
  await using it = makeHome()
  const first = await it.start()
  expect(await it.start()).toMatchObject({ already: true, daemon: first.daemon })
})

test('of five starts at once one wins and the others join it', async () => {
  await using it = makeHome()
  const results = await Promise.all(Array.from({ length: 5 }, () => it.start()))
  expect(results.filter((each) => !each.already)).toHaveLength(1)
  expect(new Set(results.map((each) => each.daemon.pid)).size).toBe(1)
  expect((await it.status()).ready).toBe(true)
})

test('two homes with the same default port run side by side, and the second keeps its own port', async () => {
  const { port, server } = await listenSomewhere()
  server.close()
  const overrides = { config: { http: `127.0.0.1:${port}` }, http_explicit: false }
  await using one = makeHome()
  await using two = makeHome()
  await one.start(overrides)
  const second = await two.start(overrides)
  expect(second.daemon.http).not.toBe(`127.0.0.1:${port}`)
  expect(second.notes[0]).toContain(`port ${port} is held by another home's Beacon`)
  expect((await two.status()).ready).toBe(true)
  expect((await one.status()).nats).not.toBe((await two.status()).nats)
  await one.stop()
  await two.stop()
  expect((await two.start(overrides)).daemon.http).toBe(second.daemon.http)
})

test("when another home's Beacon takes the default port during the start, this home moves too", async () => {
  await using it = makeHome()
  const { port, server } = await listenSomewhere()
  server.close()
  const { daemon, notes } = await it.start({
    config: { http: `127.0.0.1:${port}`, cluster: 'rival' },
    http_explicit: false,
  })
  expect(daemon.http).not.toBe(`127.0.0.1:${port}`)
  expect(notes[0]).toContain("another home's Beacon")
  expect(await it.status()).toMatchObject({ ready: true, http: daemon.http })
  expect(readDaemonRecord(it.home)).toEqual(daemon)
})

test('gateways come and go at run time and share one port; the last stays', async () => {
  await using it = makeHome()
  const { daemon } = await it.start()
  const nc = await connectHome(it.home, 'operator', 'test')
  const supervisor = { nc, id: daemon.id }
  const added = await requestGateways(supervisor, 'add')
  expect(added.gateways.map((each) => [each.instance, each.state])).toEqual([
    ['gateway-1', 'up'],
    ['gateway-2', 'up'],
  ])
  expect(await refusal(requestGateways(supervisor, 'rm', 'gateway-9'))).toMatchObject({
    code: 'backend_not_found',
  })
  const left = await requestGateways(supervisor, 'rm', 'gateway-1')
  expect(left.gateways.map((each) => each.instance)).toEqual(['gateway-2'])
  expect(JSON.parse(await getBody(daemon.http, '/pid'))).toMatchObject({ pid: left.gateways[0]?.pid })
  expect(await refusal(requestGateways(supervisor, 'rm'))).toMatchObject({ code: 'backend_last' })
  expect((await requestGateways(supervisor, 'ls')).gateways).toHaveLength(1)
  await nc.close()
})

test('a stop answers what was accepted, then ends the archiver while the broker is still there', async () => {
  await using it = makeHome()
  const { daemon } = await it.start()
  await everyServiceUp(it)
  const answer = getBody(daemon.http, '/slow')
  await eventually('the request', async () => (await getBody(daemon.http, '/pid')) || undefined)
  await it.stop()
  expect(await answer).toBe('slow answer')
  expect(ends(it.home.root)[0]).toBe('gateway-1 ended, broker up')
  expect(ends(it.home.root).sort()).toEqual([
    'aggregator ended, broker up',
    'archiver ended, broker up',
    'gateway-1 ended, broker up',
    'historian ended, broker up',
    'pulse ended, broker up',
  ])
})

test('a Ctrl-C that reaches the whole process group still flushes in order', async () => {
  await using it = makeHome()
  const { daemon } = await it.start()
  await everyServiceUp(it)
  process.kill(-daemon.pid, 'SIGINT')
  await eventually('the end', () => !isAlive({ pid: daemon.pid, started: null }) || undefined)
  expect(ends(it.home.root)).toHaveLength(5)
  expect(ends(it.home.root)[0]).toBe('gateway-1 ended, broker up')
  expect(readFileSync(join(it.home.logs, 'daemon.log'), 'utf8')).toContain('"msg":"stopped"')
})

test('a second Ctrl-C cuts the flush short', async () => {
  await using it = makeHome()
  const { daemon } = await it.start({ config: { cluster: 'endless' } })
  const log = (): string => readFileSync(join(it.home.logs, 'daemon.log'), 'utf8')
  process.kill(daemon.pid, 'SIGINT')
  await eventually(
    'the end of the gateway',
    () => ends(it.home.root).some((each) => each.startsWith('gateway')) || undefined,
  )
  process.kill(daemon.pid, 'SIGINT')
  await eventually('the end', () => !isAlive({ pid: daemon.pid, started: null }) || undefined)
  expect(log()).toContain('the flush is cut short')
  expect(log()).not.toContain('did not end in time')
  expect(lockHolder(it.home.run)).toBeUndefined()
})

test('a stop during the start ends whatever has been started', async () => {
  await using it = makeHome()
  const slow = join(it.home.root, 'slow-server')
  writeFileSync(slow, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 })
  const starting = refusal(it.start({ nats_server: { path: slow, version: '2.15.1' } }))
  await eventually(
    'the log of the start',
    () => existsSync(join(it.home.broker, 'nats-server.conf')) || undefined,
  )
  expect(await stopDaemon({ home: it.home })).toMatchObject({ already: false })
  expect(await starting).toMatchObject({ code: 'daemon_failed' })
  expect(lockHolder(it.home.run)).toBeUndefined()
})

test('the log holds JSON lines of the supervisor and its services', async () => {
  await using it = makeHome()
  await it.start()
  await it.stop()
  const lines = readFileSync(join(it.home.logs, 'daemon.log'), 'utf8').trimEnd().split('\n')
  const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg)
  expect(messages).toContain('ready')
  expect(messages.at(-1)).toBe('stopped')
})

test('status reads the last written state when NATS does not answer', async () => {
  await using it = makeHome()
  await it.start()
  const { broker, pid } = await it.status()
  process.kill(broker.pid as number, 'SIGSTOP')
  const status = await daemonStatus({ home: it.home, timeout_ms: 300 })
  process.kill(broker.pid as number, 'SIGCONT')
  expect(status).toMatchObject({ degraded: true, ready: false, pid })
  expect(status.not_ready_reasons[0]).toContain('NATS does not answer')
  expect(service(status, 'archiver').pid).toBeGreaterThan(0)
})

const ends = (root: string): string[] => readFileSync(join(root, 'ends'), 'utf8').trimEnd().split('\n')

async function getBody(http: string, path: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    get(`http://${http}${path}`, { agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    }).on('error', reject)
  })
}
