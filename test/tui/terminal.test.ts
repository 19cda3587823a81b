// The built program in a real pseudo-terminal, against a real daemon.

import { fileURLToPath } from 'node:url'
import pty from '@lydell/node-pty'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestDaemon, type TestDaemon } from '../kit/daemon.ts'
import { beacon } from '../kit/run-beacon.ts'

const bin = fileURLToPath(new URL('../../bin/beacon.js', import.meta.url))

let daemon: TestDaemon

beforeAll(async () => {
  daemon = await startTestDaemon()
  const body = { agent_id: 'agent-1', status: 'waiting', metadata: { task: 'plan', message: 'which file?' } }
  const answer = await fetch(`${daemon.url()}/ingest/state`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBe(202)
}, 60_000)

afterAll(async () => {
  await daemon.dispose()
})

type Session = { screen(): string; child: pty.IPty; ended: Promise<{ exitCode: number }> }

function startTop(): Session {
  const child = pty.spawn(process.execPath, [bin, 'top'], {
    name: 'xterm-256color',
    cols: 100,
    rows: 30,
    env: { PATH: process.env.PATH ?? '', BEACON_HOME: daemon.home.root, CI: '' },
  })
  let raw = ''
  child.onData((data) => {
    raw += data
  })
  const ended = new Promise<{ exitCode: number }>((resolve) => child.onExit(resolve))
  return { screen: () => raw, child, ended }
}

const shows = (session: Session, text: string): Promise<void> =>
  vi.waitFor(() => expect(session.screen()).toContain(text), { timeout: 15_000, interval: 20 })

/** Alternate screen left, cursor shown, lines wrap again: each switched on last. */
function expectRestored(raw: string): void {
  for (const [on, off] of [
    ['\u001b[?1049h', '\u001b[?1049l'],
    ['\u001b[?25l', '\u001b[?25h'],
    ['\u001b[?7l', '\u001b[?7h'],
  ] as const) {
    expect(raw.lastIndexOf(on)).toBeGreaterThan(-1)
    expect(raw.lastIndexOf(off)).toBeGreaterThan(raw.lastIndexOf(on))
  }
}

test('shows the fleet and the books; q ends it with 0, and the terminal is as before', async () => {
  const session = startTop()
  await shows(session, 'agent-1')
  await shows(session, 'which file?')
  await shows(session, 'accepted 1 = ')
  session.child.write('q')
  expect((await session.ended).exitCode).toBe(0)
  expectRestored(session.screen())
})

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s ends it with %i, and the terminal is as before', async (signal, code) => {
  const session = startTop()
  await shows(session, 'agent-1')
  session.child.kill(signal)
  expect((await session.ended).exitCode).toBe(code)
  expectRestored(session.screen())
})

test('a terminal that goes away takes it along', async () => {
  const session = startTop()
  await shows(session, 'agent-1')
  session.child.kill('SIGHUP')
  await session.ended
  expectRestored(session.screen())
})

test('without a terminal it prints one plain snapshot', async () => {
  const { code, stdout, stderr } = await beacon('top', { home: daemon.home.root })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^beacon {2}durable {2}/)
  expect(stdout).toMatch(/agent-1 +waiting +plan .* which file\?/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no control character but the line's end
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
})

test('-o json is a document of its own schema', async () => {
  const { code, stdout } = await beacon('top -o json', { home: daemon.home.root })
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 'beacon.top.v1',
    profile: 'durable',
    totals: { agents: 1, events: 1, by_status: { waiting: 1 } },
    books: { accepted: 1, balanced: true },
    agents: [{ agent_id: 'agent-1', status: 'waiting', task: 'plan', events: 1, text: 'which file?' }],
    newest: [{ seq: 1, agent_id: 'agent-1' }],
  })
})

test('--where shows some; an expression that cannot be read is wrong usage', async () => {
  const some = await beacon(['top', '--once', '--where', 'status:running'], { home: daemon.home.root })
  expect(some.code).toBe(0)
  expect(some.stdout).not.toMatch(/^agent-1 +waiting +plan/m)
  const wrong = await beacon(['top', '--once', '--where', 'statu:running'], { home: daemon.home.root })
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toContain('did you mean status?')
})

test('without a daemon it ends with 4', async () => {
  const { code, stdout } = await beacon('top --once', { home: `${daemon.home.root}/none` })
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
})
