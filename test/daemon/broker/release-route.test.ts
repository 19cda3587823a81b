import { mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { releaseArchive } from '../../../src/daemon/broker/release-archive.ts'
import { fromCache } from '../../../src/daemon/broker/routes/cache.ts'
import { fromRelease } from '../../../src/daemon/broker/routes/release.ts'
import {
  archiveName,
  makeFolder,
  makeRelease,
  platform,
  serve,
  serveRelease,
  toSums,
  writeScript,
  writeServer,
} from './nats-server-kit.ts'

const limits = { answer_ms: 10_000, idle_ms: 10_000, total_ms: 20_000 }
const signal = new AbortController().signal

async function fetchInto(cacheDir: string, baseUrl: string, more: Partial<typeof limits> = {}) {
  return await fromRelease({ cacheDir, baseUrl, platform, limits: { ...limits, ...more }, signal })
}

test('a release is checked, unpacked and put into the cache, which serves it from then on', async () => {
  const cacheDir = join(makeFolder(), 'not', 'there yet')
  const path = join(cacheDir, 'nats-server-2.15.1', 'nats-server')
  const server = {
    path,
    version: '2.15.1',
    origin: `release archive ${archiveName}, SHA-256 as published`,
    profiles: ['durable', 'fast'],
  }
  expect(await fetchInto(cacheDir, await serveRelease(makeRelease()))).toEqual({
    ok: true,
    value: { ...server, route: 'release' },
  })
  expect(await fromCache(cacheDir, signal)).toEqual({ ok: true, value: { ...server, route: 'cache' } })
  expect(readdirSync(cacheDir)).toEqual(['nats-server-2.15.1'])
})

const release = () => makeRelease()
const cut = (archive: Buffer) => archive.subarray(0, archive.length / 2)

test.each<[string, () => { archive: Buffer; sums: string }, RegExp]>([
  [
    'an archive with another checksum',
    () => ({ ...release(), sums: toSums(Buffer.from('another')) }),
    /has SHA-256 [0-9a-f]{64}, but [0-9a-f]{64} is published/,
  ],
  ['an archive that the checksums do not list', () => ({ ...release(), sums: '' }), /does not list/],
  [
    'a truncated archive',
    () => {
      const whole = release()
      return { archive: cut(whole.archive), sums: whole.sums }
    },
    /has SHA-256/,
  ],
  [
    'an archive that was published truncated',
    () => {
      const archive = cut(release().archive)
      return { archive, sums: toSums(archive) }
    },
    /tar could not unpack/,
  ],
  ['a program that is too old', () => makeRelease('2.9.10'), /2\.9\.10 is too old for fast/],
])('%s is refused and leaves nothing behind', async (_, make, reason) => {
  const cacheDir = makeFolder()
  const outcome = await fetchInto(cacheDir, await serveRelease(make()))
  expect(outcome).toEqual({ ok: false, error: expect.stringMatching(reason) })
  expect(readdirSync(cacheDir)).toEqual([])
})

const sums = toSums(Buffer.from('whatever'))

test.each<[string, RequestListener, RegExp, Partial<typeof limits>?]>([
  ['has no such release', (_, response) => response.writeHead(404).end(), /SHA256SUMS answered HTTP 404/],
  ['never answers', () => {}, /no answer within 0.2 s/, { answer_ms: 200 }],
  ['closes the connection', (request) => request.socket.destroy(), /SHA256SUMS: /],
  [
    'stops in the middle of the archive',
    (request, response) => {
      if (request.url?.endsWith('SHA256SUMS')) response.end(sums)
      else response.writeHead(200, { 'content-length': 1_000 }).write('half')
    },
    /no more bytes for 0.5 s/,
    { idle_ms: 500 },
  ],
  [
    'closes in the middle of the archive',
    (request, response) => {
      if (request.url?.endsWith('SHA256SUMS')) response.end(sums)
      else response.writeHead(200, { 'content-length': 1_000 }).write('half', () => request.socket.destroy())
    },
    /tar\.gz: /,
  ],
])(
  'a server that %s is given up with the reason, and nothing is left',
  async (_, listener, reason, shorter) => {
    const cacheDir = makeFolder()
    const outcome = await fetchInto(cacheDir, await serve(listener), shorter)
    expect(outcome).toEqual({ ok: false, error: expect.stringMatching(reason) })
    expect(readdirSync(cacheDir)).toEqual([])
  },
)

test('a server that only trickles is given up at the total limit', async () => {
  const baseUrl = await serve((_, response) => {
    const timer = setInterval(() => response.write('x'), 20)
    response.on('close', () => clearInterval(timer))
  })
  const outcome = await fetchInto(makeFolder(), baseUrl, { total_ms: 300 })
  expect(outcome).toEqual({ ok: false, error: expect.stringContaining('not done within 0.3 s') })
})

test('an abort ends a download, rejects with its reason and leaves nothing', async () => {
  const cacheDir = makeFolder()
  const controller = new AbortController()
  const baseUrl = await serve((request, response) => {
    if (request.url?.endsWith('SHA256SUMS')) response.end(sums)
    else controller.abort(new Error('interrupted'))
  })
  const running = fromRelease({ cacheDir, baseUrl, platform, limits, signal: controller.signal })
  await expect(running).rejects.toThrow('interrupted')
  expect(readdirSync(cacheDir)).toEqual([])
})

test('two at once both get the one entry of the cache, whole', async () => {
  const cacheDir = makeFolder()
  const baseUrl = await serveRelease(makeRelease())
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => fetchInto(cacheDir, baseUrl)))
  expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1)
  expect(outcomes[0]).toMatchObject({ ok: true })
  expect(readdirSync(cacheDir)).toEqual(['nats-server-2.15.1'])
  expect(readdirSync(join(cacheDir, 'nats-server-2.15.1')).sort()).toEqual(['nats-server', 'origin.txt'])
})

test('an entry that another set-up made first is kept', async () => {
  const cacheDir = makeFolder()
  const first = writeServer(join(cacheDir, 'nats-server-2.15.1', 'nats-server'), '2.15.1')
  const before = readFileSync(first, 'utf8')
  const outcome = await fetchInto(cacheDir, await serveRelease(makeRelease()))
  expect(outcome).toMatchObject({ ok: true, value: { path: first, origin: 'put into the cache by hand' } })
  expect(readFileSync(first, 'utf8')).toBe(before)
  expect(readdirSync(cacheDir)).toEqual(['nats-server-2.15.1'])
})

test('a damaged entry is replaced', async () => {
  const cacheDir = makeFolder()
  const damaged = writeScript(join(cacheDir, 'nats-server-2.15.1', 'nats-server'), 'exit 1')
  const outcome = await fetchInto(cacheDir, await serveRelease(makeRelease()))
  expect(outcome).toMatchObject({ ok: true, value: { path: damaged, version: '2.15.1' } })
  expect(await fromCache(cacheDir, signal)).toMatchObject({ ok: true })
  expect(readdirSync(cacheDir)).toEqual(['nats-server-2.15.1'])
})

test('what a killed set-up left is removed, and what a running one has is kept', async () => {
  const cacheDir = makeFolder()
  mkdirSync(join(cacheDir, '.incoming-dead'))
  mkdirSync(join(cacheDir, '.incoming-running'))
  const longAgo_s = Date.now() / 1_000 - 7_200
  utimesSync(join(cacheDir, '.incoming-dead'), longAgo_s, longAgo_s)
  await fetchInto(cacheDir, await serveRelease(makeRelease()))
  expect(readdirSync(cacheDir).sort()).toEqual(['.incoming-running', 'nats-server-2.15.1'])
})

test.each([
  [{ os: 'linux', arch: 'x64' }, 'linux-amd64'],
  [{ os: 'linux', arch: 'arm64' }, 'linux-arm64'],
  [{ os: 'linux', arch: 'arm', armVersion: '7' }, 'linux-arm7'],
  [{ os: 'darwin', arch: 'arm64' }, 'darwin-arm64'],
])('the archive for %j is the one for %s', (machine, name) => {
  expect(releaseArchive(machine)?.url).toBe(
    `https://github.com/nats-io/nats-server/releases/download/v2.15.1/nats-server-v2.15.1-${name}.tar.gz`,
  )
})

test.each([
  { os: 'win32', arch: 'x64' },
  { os: 'linux', arch: 'mips' },
  { os: 'aix', arch: 'ppc64' },
])('for %j the route says that there is no archive, without a request', async (machine) => {
  const requests: string[] = []
  const baseUrl = await serveRelease(makeRelease(), requests)
  const outcome = await fromRelease({ cacheDir: makeFolder(), baseUrl, platform: machine, limits, signal })
  expect(outcome).toEqual({ ok: false, error: expect.stringContaining(`${machine.os} ${machine.arch}`) })
  expect(requests).toEqual([])
})
