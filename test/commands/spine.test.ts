// The whole way as a user goes it: the built program, a real daemon, real events.

import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestDaemon, type TestDaemon } from '../kit/daemon.ts'
import { beacon, startBeacon } from '../kit/run-beacon.ts'

type Printed = {
  seq: number
  agent_id: string
  status: string
  agent_seq?: number
  metadata: Record<string, unknown>
}

let daemon: TestDaemon
let home: string

beforeAll(async () => {
  daemon = await startTestDaemon()
  home = daemon.home.root
})
afterAll(() => daemon?.dispose())

const lines = (text: string): Printed[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Printed)

/** Runs a command that must succeed without a word on stderr. */
async function run(args: string | string[]): Promise<string> {
  const { code, stdout, stderr } = await beacon(args, { home })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

const post = (body: string, type = 'application/json') =>
  fetch(`${daemon.url()}/ingest/state`, { method: 'POST', headers: { 'content-type': type }, body })

describe('one event', () => {
  test('the curl line of the first seed answers 202, and tail prints that event', async () => {
    const body =
      '{"agent_id":"agent-001","status":"running","timestamp":"2026-06-26T12:00:00Z","metadata":{"task":"web_search"}}'
    const answer = await post(body)
    expect(answer.status).toBe(202)
    const { seq } = (await answer.json()) as { seq: number }
    const stdout = await run('tail --agent agent-001 --no-follow -o jsonl')
    expect(lines(stdout)).toMatchObject([
      {
        seq,
        agent_id: 'agent-001',
        status: 'running',
        timestamp: '2026-06-26T12:00:00Z',
        metadata: { task: 'web_search' },
      },
    ])
  })

  test('emit returns its sequence, and history has it at once', async () => {
    const sent = await beacon(
      ['emit', '--agent', 'ein Agent.ü*>', '--status', 'idle', '--meta', 'n=1', '--meta', 't=x y'],
      { home },
    )
    expect(sent.code).toBe(0)
    const stdout = await run(['history', 'ein Agent.ü*>', '-o', 'jsonl'])
    expect(lines(stdout)).toMatchObject([{ seq: Number(sent.stdout), metadata: { n: 1, t: 'x y' } }])
  })

  test('what is wrong with an event is said, and nothing is sent', async () => {
    const { code, stderr } = await beacon(['emit', '--agent', 'a', '--status', 'x'.repeat(65)], { home })
    expect(code).toBe(1)
    expect(stderr).toContain('status')
  })
})

test('ingest stores the good lines, names the bad ones, and exits 1', async () => {
  const stdin =
    '{"agent_id":"piped","status":"one"}\nnonsense\n\n{"agent_id":"piped"}\n{"agent_id":"piped","status":"two","extra":7}\n'
  const { code, stdout, stderr } = await beacon('ingest', { home, stdin })
  expect(code).toBe(1)
  expect(stdout).toBe('2 accepted, 2 rejected\n')
  expect(stderr).toMatch(/line 2: .*JSON/)
  expect(stderr).toMatch(/line 4: status/)
  const stored = await run('history piped -o jsonl')
  expect(lines(stored).map(({ status, agent_seq }) => [status, agent_seq])).toEqual([
    ['one', 1],
    ['two', 2],
  ])
})

test('tail joins archive and stream without a gap or a repeat, under load, and equals the archive afterwards', {
  timeout: 60_000,
}, async () => {
  const load = startBeacon('sim --agents 300 --rate 3000 --duration 5s --seed 7 --run joined -q', { home })
  await sleep(1_500)
  const tails = [0, 1, 2].map(() => startBeacon('tail -o jsonl', { home }))
  const one = startBeacon('tail -o jsonl --agent agent-00007', { home })
  expect((await load.ended).code).toBe(0)
  const all = lines(await run('query -o jsonl'))
  const expected = all.map(({ seq }) => seq)
  const ofOne = all.filter(({ agent_id }) => agent_id === 'agent-00007').map(({ seq }) => seq)
  for (const [running, wanted] of [
    ...tails.map((tail) => [tail, expected] as const),
    [one, ofOne] as const,
  ]) {
    while (!running.printed().stdout.includes(`"seq":${wanted.at(-1)},`)) await sleep(50)
    running.child.kill('SIGINT')
    const { code, stdout } = await running.ended
    expect(code).toBe(130)
    expect(lines(stdout).map(({ seq }) => seq)).toEqual(wanted)
  }
})

test('a duplicate is stored once and shown once, archived or not', async () => {
  const body = '{"agent_id":"twice","status":"running","agent_seq":1,"run":"r"}'
  for (let i = 0; i < 3; i++) expect((await post(body)).status).toBe(202)
  const live = await run('tail --agent twice --no-follow -o jsonl')
  expect(lines(live)).toHaveLength(1)
  await daemon.until('archived', ({ books }) => books?.in_flight === 0)
  expect(await run('tail --agent twice --no-follow -o jsonl')).toBe(live)
  expect((await daemon.status()).books).toMatchObject({ duplicate: 2, balanced: true })
})

test('a reader that goes away ends tail with a quiet 0', async () => {
  const { child, ended } = startBeacon('tail -o jsonl', { home })
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  child.stdout?.destroy()
  const { code, stderr } = await ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('what an agent writes cannot steer the terminal', async () => {
  const body = { agent_id: 'evil\u001b[2J', status: '\u202egnp', metadata: { t: 'a\u001b]0;x\u0007' } }
  expect((await post(JSON.stringify(body))).status).toBe(202)
  const stdout = await run('query agent:~^evil')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  expect(stdout).toContain('evil\\e[2J')
})

describe('filters', () => {
  test('an expression that cannot be read says where', async () => {
    const { code, stderr } = await beacon(['query', 'statsu:error'], { home })
    expect(code).toBe(2)
    expect(stderr).toContain('status')
    expect(stderr).toContain('^')
  })

  test('nothing matched is exit 3', async () => {
    expect((await beacon('query status:never-there', { home })).code).toBe(3)
  })

  test('--last gives the newest, oldest first', async () => {
    const all = lines(await run('query --agent piped -o jsonl'))
    const last = lines(await run('query --agent piped -n 1 -o jsonl'))
    expect(last).toEqual(all.slice(-1))
  })
})

describe('every scenario balances', () => {
  for (const scenario of ['swarm', 'storm', 'flap', 'chaos']) {
    test(scenario, { timeout: 60_000 }, async () => {
      const run = `balance-${scenario}`
      const args = `sim --agents 100 --rate 400 --duration 4s --seed 42 --scenario ${scenario} --run ${run} -q`
      const sim = await beacon(args, { home })
      expect(sim.code, sim.stdout + sim.stderr).toBe(0)
      const verify = await beacon(`verify --run ${run}`, { home })
      expect(verify.code, verify.stdout + verify.stderr).toBe(0)
      expect(verify.stdout).toContain('everything is proved')
    })
  }
})

test('the archive is read and proved with the daemon stopped; a flipped byte is found and named', {
  timeout: 60_000,
}, async () => {
  await daemon.stop()
  expect((await beacon('history agent-001', { home })).code).toBe(0)
  expect((await beacon('emit --agent a --status b', { home })).code).toBe(4)
  expect((await beacon('tail', { home })).code).toBe(4)
  expect((await beacon('verify', { home })).code).toBe(0)
  expect((await beacon('verify --since 1h', { home })).code).toBe(0)
  const partition = readdirSync(daemon.home.archive, { withFileTypes: true }).find((entry) =>
    entry.isDirectory(),
  )
  const file = join(daemon.home.archive, partition?.name ?? '', 'data.mdb')
  const bytes = readFileSync(file)
  // The magic of zstd marks the inside of a block.
  const at = bytes.indexOf(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), bytes.length >> 1) + 40
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(file, bytes)
  const { code, stdout } = await beacon('verify', { home })
  expect(code).toBe(1)
  expect(stdout).toMatch(/block-damaged {2}\d{4}-\d\d-\d\d \d+\/\d+/)
})
