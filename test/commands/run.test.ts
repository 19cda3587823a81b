// `beacon run` as a user runs it: without a daemon it is the program itself; with one, an agent that can be ended.

import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestDaemon, type TestDaemon } from '../kit/daemon.ts'
import { beacon, makeHome, type Running, startBeacon } from '../kit/run-beacon.ts'

async function untilPrinted(running: Running, text: string): Promise<void> {
  while (!running.printed().stdout.includes(text)) await sleep(10)
}

describe('without a daemon', () => {
  const run = (args: string[], options: Parameters<typeof beacon>[1] = {}) =>
    beacon(['run', '-q', ...args], { home: makeHome(), ...options })

  test('input, output and exit code are those of the program', async () => {
    const script = 'cat; echo no >&2; exit 7'
    expect(await run(['--', 'sh', '-c', script], { stdin: 'in' })).toEqual({
      code: 7,
      signal: null,
      stdout: 'in',
      stderr: 'no\n',
    })
  })

  test('so they are when its lines are captured', async () => {
    const ran = await run(['--capture', '--cmd', 'printf "a\\nb"; echo no >&2; exit 3'])
    expect(ran).toMatchObject({ code: 3, stdout: 'a\nb', stderr: 'no\n' })
  })

  test('options after the program are its own', async () => {
    expect(await run(['echo', '--agent', '-q'])).toMatchObject({ code: 0, stdout: '--agent -q\n' })
  })

  test.each([
    ['SIGINT', 5],
    ['SIGTERM', 6],
    ['SIGHUP', 7],
    ['SIGUSR2', 8],
  ] as const)('%s goes to the program, which decides', async (signal, code) => {
    const script = `trap 'exit ${code}' ${signal.slice(3)}; echo ready; while :; do sleep 0.02; done`
    const running = startBeacon(['run', '-q', '--', 'sh', '-c', script], { home: makeHome() })
    await untilPrinted(running, 'ready')
    running.child.kill(signal)
    expect(await running.ended).toMatchObject({ code, signal: null })
  })

  test('a program that a signal ended counts as in a shell', async () => {
    expect(await run(['--cmd', 'kill -KILL $$'])).toMatchObject({ code: 137 })
  })

  test('one that is not there is 127, one that is no program 126', async () => {
    const home = makeHome()
    writeFileSync(join(home, 'text'), '')
    expect(await beacon(['run', join(home, 'none')], { home })).toMatchObject({
      code: 127,
      stderr: expect.stringContaining('cannot be run'),
    })
    expect(await run([join(home, 'text')])).toMatchObject({ code: 126 })
  })

  test('the program does not see the install token', async () => {
    const env = { BEACON_TOKEN: 'skt_secret', OTHER: 'x' }
    expect(await run(['--cmd', 'echo "$BEACON_TOKEN,$OTHER"'], { env })).toMatchObject({ stdout: ',x\n' })
  })

  test('what it keeps is for its owner alone', async () => {
    const home = makeHome()
    await run(['--agent', 'a', 'true'], { home })
    expect(statSync(join(home, 'agents', 'a', '1')).mode & 0o777).toBe(0o700)
  })

  test.each([
    ['no program', [], /either a program or/],
    ['two programs', ['--cmd', 'true', 'true'], /either a program or/],
    ['an interval below a second', ['--heartbeat-interval', '10ms', 'true'], /not from 1 s to one day/],
    ['fail-closed without heartbeats', ['--fail-closed', '--no-heartbeat', 'true'], /needs heartbeats/],
    ['an agent id that is none', ['--agent', 'x'.repeat(257), 'true'], /no agent id/],
    ['a token file that is not there', ['--token-file', '/nonexistent', 'true'], /--token-file/],
  ])('wrong usage: %s', async (_, args, message) => {
    expect(await run(args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) })
  })
})

describe('with a daemon', () => {
  let daemon: TestDaemon
  beforeAll(async () => {
    daemon = await startTestDaemon({ config: { gateways: 1, durability: 'fast' } })
  })
  afterAll(() => daemon?.dispose())

  const run = (args: string[]): Running => startBeacon(['run', ...args], { home: daemon.home.root })
  const agent = async (id: string) =>
    (await (await fetch(`${daemon.url()}/api/v1/agents/${id}`)).json()) as Record<string, unknown>
  async function until(id: string, expected: Record<string, unknown>): Promise<void> {
    for (;;) {
      const document = await agent(id)
      if (Object.entries(expected).every(([key, value]) => document[key] === value)) return
      await sleep(20)
    }
  }
  async function post(path: string, body: object): Promise<number> {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${daemon.url()}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return answer.status
  }

  test('its end comes with its exit code', async () => {
    expect(await run(['--agent', 'short', '--', 'sh', '-c', 'exit 4']).ended).toMatchObject({ code: 4 })
    await until('short', { status: 'exited', health: 'stopped' })
  })

  test('an operator ends it, with all that it started', async () => {
    const running = run(['--agent', 'long', '--heartbeat-interval', '1', '--cmd', 'sleep 1000 & sleep 1000'])
    await until('long', { status: 'running' })
    expect(await post('/api/v1/agents/long/terminate', { reason: 'enough' })).toBeLessThan(300)
    expect(await running.ended).toMatchObject({ code: 143, stderr: expect.stringContaining('enough') })
    await until('long', { status: 'terminated', health: 'stopped' })
  })

  test('two that run at once do not share their credentials', async () => {
    const both = [run(['--agent', 'twin', 'sleep', '1000']), run(['--agent', 'twin', 'sleep', '1000'])]
    const file = (slot: number): string => join(daemon.home.agents, 'twin', String(slot), 'credentials.json')
    while (![1, 2].every((slot) => existsSync(file(slot)))) await sleep(20)
    for (const { child } of both) child.kill('SIGTERM')
    for (const { ended } of both) expect(await ended).toMatchObject({ code: 143 })
  })

  test('captured lines are events of kind log', async () => {
    await run(['--agent', 'wordy', '--capture', '--cmd', 'echo first; echo second >&2']).ended
    const { stdout } = await beacon(['history', 'wordy', '-o', 'jsonl'], { home: daemon.home.root })
    const logs = stdout
      .split('\n')
      .flatMap((line) => (line.includes('"kind":"log"') ? [JSON.parse(line)] : []))
    expect(logs.map(({ status, metadata }) => [status, metadata.message]).sort()).toEqual([
      ['stderr', 'second'],
      ['stdout', 'first'],
    ])
  })
})
