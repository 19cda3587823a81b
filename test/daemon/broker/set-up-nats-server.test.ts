import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BeaconError } from '../../../src/core/errors.ts'
import { toHandInstructions } from '../../../src/daemon/broker/by-hand.ts'
import { findNatsServer } from '../../../src/daemon/broker/find-nats-server.ts'
import {
  defaultLimits,
  type SetUpStep,
  setUpNatsServer,
} from '../../../src/daemon/broker/set-up-nats-server.ts'
import { makeFolder, makeRelease, platform, serve, serveRelease, writeServer } from './nats-server-kit.ts'

/** A machine with tar and nothing else: no nats-server, no apt-get, and a project that answers 404 when not told otherwise. */
async function makeMachine(releaseBaseUrl?: string) {
  const root = makeFolder()
  const bin = join(root, 'bin')
  mkdirSync(bin)
  const steps: SetUpStep[] = []
  const options = {
    pathVariable: bin,
    cacheDir: join(root, 'cache'),
    releaseBaseUrl: releaseBaseUrl ?? (await serve((_, response) => response.writeHead(404).end())),
    platform,
    signal: new AbortController().signal,
    onStep: (step: SetUpStep) => steps.push(step),
  }
  /** `path failed, cache served` */
  const told = () =>
    steps
      .filter((step) => step.state !== 'trying')
      .map((step) => `${step.route} ${step.state}`)
      .join(', ')
  return { root, bin, options, steps, told }
}

const refusalOf = async (run: Promise<unknown>): Promise<BeaconError> => {
  const error = await run.catch((thrown: unknown) => thrown)
  if (!(error instanceof BeaconError)) throw new Error(`no BeaconError but ${String(error)}`)
  return error
}

test('the routes are tried in their order until one serves', async () => {
  const { options, steps, told } = await makeMachine(await serveRelease(makeRelease()))
  expect(await setUpNatsServer(options)).toMatchObject({ route: 'release', version: '2.15.1' })
  expect(told()).toBe('path failed, cache failed, release served')
  expect(steps.filter((step) => step.state === 'trying').map((step) => step.route)).toEqual([
    'path',
    'cache',
    'release',
  ])
  for (const step of steps) expect(step.ms).toBeGreaterThanOrEqual(0)
})

test('a second run asks nobody and gives the same server', async () => {
  const requests: string[] = []
  const { options, told } = await makeMachine(await serveRelease(makeRelease(), requests))
  const first = await setUpNatsServer(options)
  const asked = requests.length
  const second = await setUpNatsServer(options)
  expect({ ...second, route: first.route }).toEqual(first)
  expect(requests).toHaveLength(asked)
  expect(told()).toContain('path failed, cache served')
})

test('several at once give the same server and one entry in the cache', async () => {
  const { options } = await makeMachine(await serveRelease(makeRelease()))
  const servers = await Promise.all(Array.from({ length: 5 }, () => setUpNatsServer(options)))
  expect(new Set(servers.map((server) => `${server.path} ${server.origin}`)).size).toBe(1)
  expect(readdirSync(options.cacheDir)).toEqual(['nats-server-2.15.1'])
})

test('what the set-up gave is what the daemon finds', async () => {
  const { options } = await makeMachine(await serveRelease(makeRelease()))
  const server = await setUpNatsServer(options)
  expect(await findNatsServer(options)).toEqual({ ...server, route: 'cache' })
})

test('a fitting one on PATH serves without a request', async () => {
  const requests: string[] = []
  const { bin, options, told } = await makeMachine(await serveRelease(makeRelease(), requests))
  writeServer(join(bin, 'nats-server'), '2.15.0')
  await setUpNatsServer(options)
  expect(told()).toBe('path served')
  expect(requests).toEqual([])
})

test('one that runs only fast does not end the search for one that runs durable', async () => {
  const { bin, options, steps, told } = await makeMachine(await serveRelease(makeRelease()))
  writeServer(join(bin, 'nats-server'), '2.10.27')
  expect(await setUpNatsServer(options)).toMatchObject({ route: 'release', profiles: ['durable', 'fast'] })
  expect(told()).toBe('path failed, cache failed, release served')
  expect(steps).toContainEqual(
    expect.objectContaining({
      route: 'path',
      reason: expect.stringContaining('2.10.27 is too old for durable'),
    }),
  )
})

test('one that runs only fast is kept when there is no better one, and says so', async () => {
  const { bin, options, steps } = await makeMachine()
  const path = writeServer(join(bin, 'nats-server'), '2.10.27')
  const server = await setUpNatsServer(options)
  expect(server).toMatchObject({ path, route: 'path', profiles: ['fast'] })
  expect(steps.at(-1)).toMatchObject({ route: 'path', state: 'served', server })
  expect(await findNatsServer(options)).toEqual(server)
})

test('an explicit one that runs only fast is taken as chosen, without a search', async () => {
  const { root, options, told } = await makeMachine(await serveRelease(makeRelease()))
  const explicitPath = writeServer(join(root, 'mine'), '2.10.27')
  expect(await setUpNatsServer({ ...options, explicitPath })).toMatchObject({
    path: explicitPath,
    profiles: ['fast'],
  })
  expect(told()).toBe('environment served')
})

test('an explicit one that does not fit ends the set-up with the reason, though others would serve', async () => {
  const { root, options, told } = await makeMachine(await serveRelease(makeRelease()))
  const explicitPath = writeServer(join(root, 'mine'), '2.9.10')
  const refusal = await refusalOf(setUpNatsServer({ ...options, explicitPath }))
  expect(refusal).toMatchObject({
    code: 'broker_unfit',
    detail: expect.stringContaining('2.9.10 is too old'),
  })
  expect(told()).toBe('environment failed')
})

test('when no route serves, the error lists the reason of each and what to do by hand', async () => {
  const { options } = await makeMachine()
  const refusal = await refusalOf(setUpNatsServer(options))
  expect(refusal.code).toBe('broker_missing')
  expect(refusal.detail.split('\n').slice(1)).toEqual([
    '  path: there is no nats-server on PATH',
    `  cache: nothing in ${options.cacheDir}`,
    expect.stringMatching(/^ {2}release: .*SHA256SUMS answered HTTP 404$/),
    '  debian: apt-get is not installed: this is no Debian',
  ])
  expect(refusal.hint).toBe(toHandInstructions(platform, options.cacheDir))
})

test('a cache that cannot be written ends the routes that need it, with the reason', async () => {
  const { root, options } = await makeMachine(await serveRelease(makeRelease()))
  writeFileSync(join(root, 'a-file'), '')
  const refusal = await refusalOf(setUpNatsServer({ ...options, cacheDir: join(root, 'a-file', 'cache') }))
  expect(refusal.detail).toMatch(/release: ENOTDIR/)
})

test('a project that never answers is given up at the limit, by default within four seconds', async () => {
  const { options, told } = await makeMachine(await serve(() => {}))
  const limits = { release: { ...defaultLimits.release, answer_ms: 100 } }
  const refusal = await refusalOf(setUpNatsServer({ ...options, limits }))
  expect(refusal.detail).toMatch(/release: .*no answer within 0\.1 s/)
  expect(told()).toBe('path failed, cache failed, release failed, debian failed')
  expect(defaultLimits.release.answer_ms).toBeLessThan(4_000)
})

test('an abort between two routes ends the set-up with its reason', async () => {
  const { options } = await makeMachine()
  const controller = new AbortController()
  const run = setUpNatsServer({
    ...options,
    platform: { os: 'linux', arch: 'mips' },
    signal: controller.signal,
    onStep: () => controller.abort(new Error('interrupted')),
  })
  await expect(run).rejects.toThrow('interrupted')
})

test.each([
  [{ os: 'linux', arch: 'x64' }, ['linux-amd64.tar.gz', 'sha256sum', 'apt-get', 'dpkg -x']],
  [{ os: 'darwin', arch: 'arm64' }, ['darwin-arm64.tar.gz', 'shasum -a 256', 'brew install']],
  [{ os: 'linux', arch: 'mips' }, ['go install', 'apt-get']],
])('by hand on %j: the ways of that platform and both places for the file', (machine, ways) => {
  const text = toHandInstructions(machine, "/home/o'hara/.cache/beacon")
  for (const way of ways) expect(text).toContain(way)
  expect(text).toContain(`'/home/o'\\''hara/.cache/beacon/nats-server-2.15.1/nats-server'`)
  expect(text).toContain('export BEACON_NATS_SERVER=')
})

test('by hand on macOS nothing is said about apt', () => {
  expect(toHandInstructions({ os: 'darwin', arch: 'arm64' }, '/cache')).not.toContain('apt')
})
