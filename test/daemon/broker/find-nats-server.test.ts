import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findNatsServer } from '../../../src/daemon/broker/find-nats-server.ts'
import { makeFolder, writeScript, writeServer } from './nats-server-kit.ts'

/** A machine with nothing on it. */
function makeMachine() {
  const root = makeFolder()
  const bin = join(root, 'bin')
  mkdirSync(bin)
  return { root, bin, options: { pathVariable: bin, cacheDir: join(root, 'cache') } }
}

const cached = (root: string, version: string): string =>
  join(root, 'cache', `nats-server-${version}`, 'nats-server')

test('on a machine with none, none is found', async () => {
  expect(await findNatsServer(makeMachine().options)).toBeUndefined()
})

test('an explicit one serves, even beside a newer one on PATH', async () => {
  const { root, bin, options } = makeMachine()
  const explicitPath = writeServer(join(root, 'own', 'my-server'), '2.12.0')
  writeServer(join(bin, 'nats-server'), '2.15.1')
  expect(await findNatsServer({ ...options, explicitPath })).toEqual({
    path: explicitPath,
    version: '2.12.0',
    route: 'environment',
    origin: 'named by BEACON_NATS_SERVER',
    profiles: ['fast'],
  })
})

test('an explicit bare name is looked up on PATH, as in a shell', async () => {
  const { bin, options } = makeMachine()
  const path = writeServer(join(bin, 'nats-server-next'), '2.15.1')
  const found = await findNatsServer({ ...options, explicitPath: 'nats-server-next' })
  expect(found).toMatchObject({ path, route: 'environment' })
})

test('an empty BEACON_NATS_SERVER is none', async () => {
  const { bin, options } = makeMachine()
  writeServer(join(bin, 'nats-server'), '2.15.1')
  expect(await findNatsServer({ ...options, explicitPath: '' })).toMatchObject({ route: 'path' })
})

test.each([
  [
    'is too old',
    (path: string) => writeServer(path, '2.9.10'),
    'broker_unfit',
    /2\.9\.10 is too old for fast/,
  ],
  ['is another program', (path: string) => writeScript(path, 'echo hello'), 'broker_unfit', /--version/],
  ['ends badly', (path: string) => writeScript(path, 'echo no >&2; exit 3'), 'broker_unfit', /not run: no/],
  ['is not there', () => {}, 'broker_missing', /no executable file/],
  [
    'may not be executed',
    (path: string) => writeFileSync(path, '#!/bin/sh'),
    'broker_missing',
    /no executable/,
  ],
])(
  'an explicit one that %s is refused with the reason, though PATH has one',
  async (_, make, code, reason) => {
    const { root, bin, options } = makeMachine()
    writeServer(join(bin, 'nats-server'), '2.15.1')
    const explicitPath = join(root, 'chosen')
    make(explicitPath)
    const refused = await findNatsServer({ ...options, explicitPath }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code, message: expect.stringMatching(reason) })
    expect(refused).toMatchObject({ hint: expect.stringContaining('BEACON_NATS_SERVER') })
  },
)

test('an unfit one on PATH does not hide a fitting one further along', async () => {
  const { root, bin, options } = makeMachine()
  writeServer(join(bin, 'nats-server'), '2.9.10')
  const path = writeServer(join(root, 'later', 'nats-server'), '2.15.1')
  const found = await findNatsServer({ ...options, pathVariable: `${bin}:${join(root, 'later')}` })
  expect(found).toMatchObject({ path, route: 'path' })
})

test('an empty or relative entry of PATH is not looked at', async () => {
  const { root, bin, options } = makeMachine()
  writeServer(join(bin, 'nats-server'), '2.15.1')
  writeServer(join(root, 'nats-server'), '2.15.1')
  const back = process.cwd()
  try {
    process.chdir(root)
    expect(await findNatsServer({ ...options, pathVariable: ':.:bin' })).toBeUndefined()
  } finally {
    process.chdir(back)
  }
})

test('of two links to one file on PATH the file is asked once', async () => {
  const { root, bin, options } = makeMachine()
  const log = join(root, 'asked')
  const path = writeScript(join(bin, 'nats-server'), `echo x >> ${log}`, 'echo "nats-server: v2.10.27"')
  mkdirSync(join(root, 'link'))
  symlinkSync(path, join(root, 'link', 'nats-server'))
  writeFileSync(log, '')
  await findNatsServer({ ...options, pathVariable: `${bin}:${join(root, 'link')}` })
  expect(readFileSync(log, 'utf8')).toBe('x\n')
})

test('the cache serves when PATH has none, with the newest version', async () => {
  const { root, options } = makeMachine()
  writeServer(cached(root, '2.15.1'), '2.15.1')
  const newest = writeServer(cached(root, '2.16.0'), '2.16.0')
  writeServer(cached(root, '2.9.10'), '2.9.10')
  expect(await findNatsServer(options)).toMatchObject({ path: newest, version: '2.16.0', route: 'cache' })
})

test('a cached one that can run durable is preferred to one on PATH that cannot', async () => {
  const { root, bin, options } = makeMachine()
  writeServer(join(bin, 'nats-server'), '2.10.27')
  writeServer(cached(root, '2.15.1'), '2.15.1')
  expect(await findNatsServer(options)).toMatchObject({ route: 'cache', profiles: ['durable', 'fast'] })
})

test('one that runs only fast is found when there is no better one', async () => {
  const { root, bin, options } = makeMachine()
  writeServer(join(bin, 'nats-server'), '2.10.27')
  writeServer(cached(root, '2.12.0'), '2.12.0')
  expect(await findNatsServer(options)).toMatchObject({ route: 'path', profiles: ['fast'] })
})

test('a damaged entry of the cache is passed over', async () => {
  const { root, options } = makeMachine()
  writeScript(cached(root, '2.16.0'), 'exit 1')
  writeServer(cached(root, '2.15.1'), '2.15.1')
  expect(await findNatsServer(options)).toMatchObject({ version: '2.15.1' })
})
