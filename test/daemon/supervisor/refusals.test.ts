import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readDaemonRecord } from '../../../src/client/endpoints.ts'
import { brokerPidFile } from '../../../src/daemon/broker/broker-process.ts'
import { findOrphanBroker } from '../../../src/daemon/broker/orphan-broker.ts'
import type { Home } from '../../../src/daemon/home.ts'
import { lockHolder } from '../../../src/daemon/supervisor/lock.ts'
import { makeDisk, whyNoDisk } from '../../kit/disk.ts'
import { startNats } from '../../kit/nats.ts'
import { listenSomewhere, makeHome, refusal } from '../../kit/supervised-home.ts'

/** A refused start leaves nothing: no lock, no record, no broker. */
function expectNothingLeft(home: Home): void {
  expect(lockHolder(home.run)).toBeUndefined()
  expect(readDaemonRecord(home)).toBeUndefined()
  expect(findOrphanBroker(home)).toBeUndefined()
}

test('a port that a foreign program holds is port_taken and names the program', async () => {
  const { port, server } = await listenSomewhere()
  await using it = makeHome()
  for (const http_explicit of [true, false]) {
    const error = await refusal(it.start({ config: { http: `127.0.0.1:${port}` }, http_explicit }))
    expect(error.code).toBe('port_taken')
    expect(error.detail).toContain(`127.0.0.1:${port}`)
    if (process.platform === 'linux') expect(error.detail).toContain(`pid ${process.pid}`)
  }
  expectNothingLeft(it.home)
  server.close()
})

test("another home's Beacon on a port that was asked for is port_taken", async () => {
  await using one = makeHome()
  await using two = makeHome()
  const { daemon } = await one.start()
  const error = await refusal(two.start({ config: { http: daemon.http }, http_explicit: true }))
  expect(error).toMatchObject({ code: 'port_taken' })
})

test('a port that a stranger takes while the daemon starts is port_taken too', async () => {
  await using it = makeHome()
  const { port, server } = await listenSomewhere()
  server.close()
  for (const http_explicit of [true, false]) {
    const config = { cluster: 'stranger', http: `127.0.0.1:${port}` }
    const error = await refusal(it.start({ config, http_explicit }))
    expect(error.code).toBe('port_taken')
    if (process.platform === 'linux') expect(error.detail).toContain('is held by')
  }
  expectNothingLeft(it.home)
})

test('an address beyond loopback is refused', async () => {
  await using it = makeHome()
  expect(await refusal(it.start({ config: { http: '0.0.0.0:0' } }))).toMatchObject({ code: 'bind_refused' })
  expect(await refusal(it.start({ config: { http: '[::]:0' } }))).toMatchObject({ code: 'bind_refused' })
  expectNothingLeft(it.home)
})

test('a nats-server that is too old for durable is refused with the choice, and never run', async () => {
  await using it = makeHome()
  const dir = mkdtempSync(join(tmpdir(), 'beacon-old-'))
  const path = join(dir, 'nats-server')
  writeFileSync(path, `#!/bin/sh\ntouch ${join(dir, 'was-run')}\necho 'nats-server: v2.9.10'\n`)
  chmodSync(path, 0o755)
  const old = await refusal(it.start({ nats_server: { path, version: '2.9.10' } }))
  expect(old).toMatchObject({ code: 'broker_unfit' })
  expect(old.hint).not.toContain('--durability fast')
  const middle = await refusal(it.start({ nats_server: { path, version: '2.10.25' } }))
  expect(middle).toMatchObject({ code: 'broker_unfit' })
  expect(middle.hint).toContain('--durability fast')
  expect(existsSync(join(dir, 'was-run'))).toBe(false)
  expectNothingLeft(it.home)
  rmSync(dir, { recursive: true })
})

test('a nats-server that ends at once is broker_failed with what it said', async () => {
  await using it = makeHome()
  mkdirSync(it.home.root, { recursive: true })
  const path = join(it.home.root, 'broken-server')
  writeFileSync(path, '#!/bin/sh\necho "the store is on fire" >&2\nexit 3\n')
  chmodSync(path, 0o755)
  const error = await refusal(it.start({ nats_server: { path, version: '2.15.1' } }))
  expect(error.code).toBe('broker_failed')
  expect(error.detail).toContain('ended with code 3')
  expect(error.detail).toContain('the store is on fire')
  const missing = await refusal(it.start({ nats_server: { path: '/nowhere', version: '2.15.1' } }))
  expect(missing).toMatchObject({ code: 'broker_failed' })
  expectNothingLeft(it.home)
})

test('a broken credentials file is named', async () => {
  await using it = makeHome()
  await it.start()
  await it.stop()
  const file = join(it.home.credentials, 'agent.password')
  writeFileSync(file, 'hunter2\n')
  const error = await refusal(it.start())
  expect(error).toMatchObject({ code: 'home_unusable' })
  expect(error.detail).toContain(file)
  rmSync(file)
  await it.start()
  expect(readFileSync(file, 'utf8')).not.toContain('hunter2')
})

test('a home that cannot be written is named', async () => {
  await using it = makeHome()
  const file = join(it.home.root, 'a-file')
  writeFileSync(file, '')
  const below = makeHome(join(file, 'home'))
  const error = await refusal(below.start())
  expect(error).toMatchObject({ code: 'home_unusable' })
  expect(error.detail).toContain(file)
})

test.each(['daemon.lock', 'state.json'])('a broken %s is named, with what to do', async (name) => {
  await using it = makeHome()
  mkdirSync(it.home.run, { recursive: true })
  const file = join(it.home.run, name)
  writeFileSync(file, '{"pid":')
  const error = await refusal(it.start())
  expect(error).toMatchObject({ code: 'home_unusable' })
  expect(error.detail).toContain(file)
  expect(error.hint).toContain(`delete ${file}`)
  rmSync(file)
  await it.start()
})

test('a broken daemon.json is told to clients, and a start writes it anew', async () => {
  await using it = makeHome()
  mkdirSync(it.home.run, { recursive: true })
  const file = join(it.home.run, 'daemon.json')
  writeFileSync(file, 'null')
  expect(() => readDaemonRecord(it.home)).toThrow(/daemon.json is broken/)
  const { daemon } = await it.start()
  expect(readDaemonRecord(it.home)).toEqual(daemon)
})

test('a service that knows why it cannot start fails the start with its own words', async () => {
  await using it = makeHome()
  const error = await refusal(it.start({ config: { cluster: 'broken-archive' } }))
  expect(error).toEqual({
    code: 'archive_damaged',
    detail: 'a block is broken',
    hint: 'a hint of the archiver',
  })
  expectNothingLeft(it.home)
})

test('a service with a bug fails the start after some tries, with the bug', async () => {
  await using it = makeHome()
  const error = await refusal(it.start({ config: { cluster: 'bug' } }))
  expect(error.code).toBe('daemon_failed')
  expect(error.detail).toContain('a bug in the archiver')
  expectNothingLeft(it.home)
})

test('a start on a full disk is refused', async ({ skip }) => {
  const why = whyNoDisk('tmpfs')
  skip(why !== undefined, why)
  const disk = makeDisk('tmpfs', 48)
  const it = makeHome(join(disk.path, 'home'))
  const error = await refusal(it.start())
  expect(error).toMatchObject({ code: 'disk_full' })
  await it[Symbol.asyncDispose]()
  disk.dispose()
})

test('a disk that fills up while the daemon runs makes it not ready, and ready again when there is room', async ({
  skip,
}) => {
  const why = whyNoDisk('tmpfs')
  skip(why !== undefined, why)
  const disk = makeDisk('tmpfs', 160)
  const it = makeHome(join(disk.path, 'home'))
  await it.start()
  const filler = join(disk.path, 'filler')
  writeFileSync(filler, Buffer.alloc(120 * 1024 * 1024))
  await expect
    .poll(() => it.status(), { timeout: 10_000 })
    .toMatchObject({ ready: false, disk: { disk_low: true } })
  rmSync(filler)
  await expect
    .poll(() => it.status(), { timeout: 10_000 })
    .toMatchObject({ ready: true, disk: { disk_low: false } })
  await it[Symbol.asyncDispose]()
  disk.dispose()
})

test('an external NATS is used as it is, its weaker promise is told, and it goes on after the stop', async () => {
  await using it = makeHome()
  const nats = await startNats()
  await it.start({ config: { nats: nats.url }, nats_server: null })
  const status = await it.status()
  expect(status).toMatchObject({ ready: true, broker: { external: true, pid: null, state: 'up' } })
  expect(status.promise).toContain('its own sync_interval')
  expect(existsSync(brokerPidFile(it.home))).toBe(false)
  await it.stop()
  expect(nats.child.exitCode).toBeNull()
  await nats.stop()
  expect(await refusal(it.start({ config: { nats: nats.url }, nats_server: null }))).toMatchObject({
    code: 'broker_failed',
  })
})
