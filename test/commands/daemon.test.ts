import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { beacon, makeHome, type Ran, startBeacon } from '../kit/run-beacon.ts'

type Status = {
  ready: boolean
  pid: number
  http: string
  profile: string
  books: { balanced: boolean; accepted: number } | null
  services: { instance: string }[]
}

function makeDaemonHome(): { home: string; run(args: string): Promise<Ran> } {
  const home = makeHome()
  const run = (args: string): Promise<Ran> => beacon(args, { home, env: { BEACON_HTTP: '127.0.0.1:0' } })
  return { home, run }
}

test('start, status, gateways, restart and stop, as a user does it', async () => {
  const { home, run } = makeDaemonHome()
  onTestFinished(async () => void (await run('daemon stop')))

  const started = await run('daemon start -o json --batch 50')
  expect(started).toMatchObject({ code: 0, stderr: '' })
  const daemon = JSON.parse(started.stdout) as { schema: string; pid: number; home: string; already: boolean }
  expect(daemon).toMatchObject({ schema: 'beacon.daemon.v1', home, already: false, profile: 'durable' })

  const again = await run('daemon start --batch 9')
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('already running') })
  expect(again.stderr).toContain('keeps the settings')

  expect((await run('emit --agent a --status running')).code).toBe(0)
  const shown = await run('daemon status -o json')
  expect(shown.code).toBe(0)
  const status = JSON.parse(shown.stdout) as Status
  expect(status).toMatchObject({
    schema: 'beacon.status.v1',
    id: expect.stringMatching(/^[0-9a-f]{12}$/),
    ready: true,
    pid: daemon.pid,
    profile: 'durable',
  })
  const text = await run('daemon status')
  for (const word of [
    'ready',
    'durable',
    'nats-server',
    'gateway-1',
    'archiver',
    'aggregator',
    'pulse',
    'historian',
    'books',
  ]) {
    expect(text.stdout).toContain(word)
  }

  expect((await run('gateway add')).stdout).toContain('gateway-2')
  const removed = await run('gateway rm gateway-2 -o json')
  expect((JSON.parse(removed.stdout) as { gateways: Status['services'] }).gateways).toHaveLength(1)
  expect(await run('gateway rm')).toMatchObject({ code: 5, stderr: expect.stringContaining('last gateway') })
  expect(await run('gateway rm gateway-7')).toMatchObject({ code: 3 })

  // A restart keeps the flags of the last start.
  expect((await run('daemon restart --gateways 2')).code).toBe(0)
  const restarted = await run('daemon restart -o json')
  expect(restarted.code).toBe(0)
  const next = JSON.parse(restarted.stdout) as { pid: number }
  expect(next.pid).not.toBe(daemon.pid)
  expect((await run('gateway ls -o csv')).stdout).toContain('gateway-2')

  const logs = await run('daemon logs -n 3')
  expect(logs.code).toBe(0)
  expect(logs.stdout.trimEnd().split('\n')).toHaveLength(3)

  expect(await run('daemon stop')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`pid ${next.pid}`),
  })
  expect(await run('daemon stop')).toMatchObject({ code: 0, stdout: 'No daemon was running\n' })
  expect((await run('query -o jsonl')).stdout).toContain('"agent_id":"a"')
}, 90_000)

test('in the foreground it logs, and SIGTERM ends it in order', async () => {
  const { home } = makeDaemonHome()
  const { child, ended, printed } = startBeacon('daemon start --foreground --http 127.0.0.1:0', { home })
  child.stdout?.on('data', () => {
    if (printed().stdout.includes('home')) child.kill('SIGTERM')
  })
  const { code, stdout, stderr } = await ended
  expect(code).toBe(143)
  expect(stdout).toContain('ready')
  expect(stderr).toMatch(/info +supervisor +stopped/)
  expect(existsSync(join(home, 'run', 'daemon.lock'))).toBe(false)
}, 60_000)

test('without a daemon: 4, and how to start it', async () => {
  const { run } = makeDaemonHome()
  for (const command of ['daemon status', 'gateway ls', 'emit --agent a --status s']) {
    expect(await run(command)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('beacon daemon start'),
    })
  }
  expect(await run('daemon logs')).toMatchObject({ code: 3 })
})

test('what cannot be started says why', async () => {
  const { home, run } = makeDaemonHome()
  expect(await run('daemon start --http 0.0.0.0:0')).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('loopback'),
  })
  const taken = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void taken.close())
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  expect(await run(`daemon start --http 127.0.0.1:${port}`)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`127.0.0.1:${port}`),
  })
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'config.toml'), 'gateways = 0')
  expect(await run('daemon start')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('config.toml:1'),
  })
}, 60_000)
