// `beacon top` as its users run it: the built program in a real pseudo-terminal, against a real daemon.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { startTestDaemon, type TestDaemon } from '../kit/daemon.ts'
import { beacon } from '../kit/run-beacon.ts'
import { type Session, startSession } from './pty-session.ts'

let daemon: TestDaemon
let session: Session | undefined

const agents = ['agent-1', 'agent-2', 'agent-3', 'agent-4']

beforeAll(async () => {
  daemon = await startTestDaemon()
  const bodies = [
    ...agents.map((agent_id) => ({ agent_id, status: 'running', metadata: { task: 'plan' } })),
    // Enough of them that it needs a person at once, whatever the clocks say.
    ...Array.from({ length: 6 }, () => ({
      agent_id: 'agent-9',
      status: 'error',
      metadata: { task: 'plan', message: 'disk full' },
    })),
  ]
  const answer = await fetch(`${daemon.url()}/ingest/state`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(bodies),
  })
  expect(answer.status).toBe(202)
}, 60_000)

afterEach(async () => {
  session?.child.kill('SIGKILL')
  await session?.ended
  session = undefined
})

afterAll(async () => {
  await daemon.dispose()
})

function start(...args: string[]): Session {
  session = startSession(['top', ...args], { home: daemon.home.root })
  return session
}

test('three keys find who needs a person, open the agent and say why; esc comes back', async () => {
  const top = start()
  await top.shows('1 needs you')
  top.press('4')
  await top.shows(/erroring +agent-9/)
  top.press('j')
  await top.shows(/▌.*agent-9/)
  top.press('\r')
  await top.shows('attention › agent-9')
  top.press('\u001b')
  await top.shows(/▌.*agent-9/)
  top.press('q')
  expect((await top.ended).exitCode).toBe(0)
  await top.expectRestored()
})

test('a filter works while it is typed, says where it is wrong, and is remembered by the next run', async () => {
  const top = start()
  await top.shows('5 agents')
  top.press('/status:error')
  await top.shows('1 of 5 match')
  top.press(' statu:x')
  await top.shows(/\^{5} statu is no field: did you mean status\?/)
  top.press('\u0017\r')
  await top.shows('fleet › status:error')
  top.press('q')
  await top.ended
  const again = start()
  await again.shows('5 agents')
  again.press('/\r')
  await again.shows('fleet › status:error')
  again.press('q')
  await again.ended
})

test('the palette goes anywhere, and changes how it looks', async () => {
  const top = start()
  await top.shows('5 agents')
  top.press(':theme ')
  await top.shows(/palette[\s\S]*theme contrast/)
  top.press('mono\r')
  await top.shows('theme mono')
  top.press(':xyzzy\r')
  await top.shows('xyzzy is no command')
  top.press('\u001b')
  top.press(':services\r')
  await top.shows('nats-server')
  top.press('?')
  await top.shows('services: the watchtower')
  expect(JSON.parse(readFileSync(join(daemon.home.root, 'top.json'), 'utf8'))).toMatchObject({
    theme: 'mono',
  })
})

test('time travel: the fleet before the last agent came, and back to the present', async () => {
  const top = start()
  await top.shows('5 agents')
  top.press('@#2\r')
  await top.shows(/TIME −.* seq 2 /)
  await top.shows('2 agents')
  top.press('.')
  await top.shows('3 agents')
  top.press('t')
  await top.shows('LIVE')
  await top.shows('5 agents')
})

test('a storm of resizes leaves a right picture', async () => {
  const top = start()
  await top.shows('5 agents')
  for (let n = 0; n < 40; n++) top.resize(60 + ((n * 37) % 100), 15 + ((n * 11) % 30))
  top.resize(120, 26)
  await top.shows(/^ beacon .*ev\/s *\n[\s\S]*q quit *$/)
  expect(top.text().match(/ beacon /g)).toHaveLength(1)
})

test('the aggregator is killed: the screen says so, and comes back by itself', async () => {
  const top = start()
  await top.shows('5 agents')
  // Silent first: a restart may be quicker than the eye.
  process.kill(await daemon.pidOf('aggregator'), 'SIGSTOP')
  await top.shows('RECONNECTING')
  await daemon.kill('aggregator')
  await top.shows('LIVE')
  await top.shows('5 agents')
})

test('ctrl-z gives the terminal back, and takes it again when it goes on', async () => {
  const top = start()
  await top.shows('5 agents')
  const before = top.raw().length
  // Nobody controls this job, so it is not stopped but goes on at once.
  top.press('\u001a')
  await vi.waitFor(
    () => expect(top.raw().slice(before)).toMatch(/\?1049l[\s\S]*\?1049h[\s\S]*5 agents/),
    20_000,
  )
  const given = top.raw().slice(before)
  for (const off of ['?1000l', '?2004l', '?7h']) expect(given).toContain(off)
  for (const [off, on] of [
    ['?1000l', '?1000h'],
    ['?2004l', '?2004h'],
    ['?7h', '?7l'],
  ] as const)
    expect(given.lastIndexOf(on)).toBeGreaterThan(given.lastIndexOf(off))
  top.press('4')
  await top.shows('erroring')
  top.press('q')
  await top.ended
  await top.expectRestored()
})

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 0],
] as const)('%s ends it with %i, and the terminal is as before', async (signal, code) => {
  const top = start()
  await top.shows('5 agents')
  top.child.kill(signal)
  expect((await top.ended).exitCode).toBe(code)
  await top.expectRestored()
})

test('without a terminal it prints one plain snapshot', async () => {
  const { code, stdout, stderr } = await beacon('top', { home: daemon.home.root })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^beacon {2}durable {2}/)
  expect(stdout).toMatch(/agent-9 +\w+ +error +plan .* disk full/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no control character but the line's end
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
})

test('--view attention prints who needs a person, --at the past, --view services the watchtower', async () => {
  const { home } = daemon
  const attention = await beacon('top --once --view attention', { home: home.root })
  expect(attention.stdout).toMatch(/(erroring|unhealthy) +agent-9/)
  expect(attention.stdout).not.toContain('agent-1')
  expect((await beacon('top --once --at #2', { home: home.root })).stdout).toMatch(/^agents {2}2 /m)
  expect((await beacon('top --once --view services', { home: home.root })).stdout).toMatch(/^gateway-1 +up/m)
})

test('-o json is a document of its own schema', async () => {
  const { code, stdout } = await beacon('top -o json', { home: daemon.home.root })
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 'beacon.top.v1',
    view: 'fleet',
    profile: 'durable',
    totals: { agents: 5, events: 10, errors: 6, by_status: { running: 4, error: 1 } },
    books: { accepted: 10, balanced: true },
    matched: 5,
    agents: expect.arrayContaining([
      expect.objectContaining({
        agent_id: 'agent-9',
        status: 'error',
        needs: expect.stringMatching(/erroring|unhealthy/),
      }),
    ]),
  })
})

test('--view bars prints the pulse, the bars that are open and the reports; the screen shows the beat', async () => {
  const { home } = daemon
  const claim = await fetch(`${daemon.url()}/ingest/claim`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(await claimOf('agent-1')),
  })
  expect(claim.status).toBe(202)
  // A 202 says that it is stored; the picture has it a moment later.
  await vi.waitFor(async () => {
    const { stdout } = await beacon('top --once --view bars', { home: home.root })
    expect(stdout).toMatch(/^pulse {3}120 BPM {2}bar \d+ {2}beat \d+ of 120, /m)
    expect(stdout).toMatch(/^open {4}bar \d+ {2}1 agent {2}1 claim {2}1 executing$/m)
  }, 15_000)
  const { stdout } = await beacon('top --once --view bars -o json', { home: home.root })
  expect(JSON.parse(stdout)).toMatchObject({
    view: 'bars',
    pulse: { schema: 'beacon.pulse.v1', tempo_bpm: 120 },
    windows: expect.arrayContaining([
      expect.objectContaining({ agents_reporting: 1, states: [['executing', 1]] }),
    ]),
    bars: expect.any(Array),
  })
  const top = start('--view', 'bars')
  await top.shows(/♩120 BPM +leader /)
  await top.shows(/reporting [▮▯]+ +\d+ .* claims \d/)
  await top.shows(/bar \d+ +beat +\d+ of 120 {2}▮/)
  top.press('q')
  expect((await top.ended).exitCode).toBe(0)
  await top.expectRestored()
})

/** A claim of the present beat. */
async function claimOf(agent_id: string): Promise<object> {
  const { stdout } = await beacon('beat -o json', { home: daemon.home.root })
  const { beat_index } = JSON.parse(stdout) as { beat_index: number }
  return { type: 'backbeat.statusclaim.v1', agent_id, beat_index, state: 'executing', hlc: '0000:0000:0000' }
}

test('what cannot be read is wrong usage, and says what would be right', async () => {
  const { home } = daemon
  const where = await beacon(['top', '--once', '--where', 'statu:running'], { home: home.root })
  expect(where.code).toBe(2)
  expect(where.stderr).toContain('did you mean status?')
  expect((await beacon('top --once --at yesterday', { home: home.root })).code).toBe(2)
  expect((await beacon('top --view fleat', { home: home.root })).stderr).toContain('fleet, feed')
})

test('without a daemon it ends with 4', async () => {
  const { code, stdout } = await beacon('top --once', { home: `${daemon.home.root}/none` })
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
})

test('a memory that is damaged is no reason not to start', async () => {
  const file = join(daemon.home.root, 'top.json')
  for (const content of ['{', '[]', '{"filters":[1,"x"],"theme":"pink","mouse":"yes"}']) {
    writeFileSync(file, content)
    const top = start()
    await top.shows('5 agents')
    top.press('q')
    expect((await top.ended).exitCode).toBe(0)
  }
})

test('a home that cannot be written only loses what would be kept', async () => {
  const file = join(daemon.home.root, 'top.json')
  rmSync(file, { force: true })
  mkdirSync(file)
  const top = start()
  await top.shows('5 agents')
  top.press('T')
  await top.shows('theme light')
  top.press('q')
  expect((await top.ended).exitCode).toBe(0)
  await top.expectRestored()
  rmSync(file, { recursive: true })
})
