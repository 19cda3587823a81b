import type { NatsConnection } from '@nats-io/nats-core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runTop } from '../../src/tui/run-top.tsx'
import {
  connectTest,
  makeStreams,
  type RunningAggregator,
  startAggregator,
  writeEvent,
} from '../daemon/aggregator/running-aggregator.ts'
import { startNats, type TestNats } from '../kit/nats.ts'
import { type FakeTerminal, makeFakeTerminal } from './fake-terminal.ts'

let nats: TestNats
let nc: NatsConnection
let aggregator: RunningAggregator
let end: AbortController
let terminal: FakeTerminal
let top: Promise<void>

beforeEach(async () => {
  nats = await startNats({ sync: '100ms' })
  nc = await connectTest(nats.url)
  await makeStreams(nc)
  aggregator = await startAggregator(nats.url)
  end = new AbortController()
})

afterEach(async () => {
  end.abort()
  await top
  await aggregator.stop()
  await nc.close()
  await nats.stop()
})

function start(columns = 100, rows = 20): void {
  terminal = makeFakeTerminal(columns, rows)
  const { stdin, stdout } = terminal
  top = runTop({ nc, inbox_prefix: '_INBOX', stdin, stdout, color: true, where: '', signal: end.signal })
}

const shows = (text: string | RegExp): Promise<void> =>
  vi.waitFor(() => expect(terminal.text()).toMatch(text), { timeout: 15_000, interval: 20 })

const event = (agent_id: string, status: string, metadata = {}): Promise<number> =>
  writeEvent(nc, { agent_id, status, metadata })

test('an event is on the screen: in the totals, among the agents and among the newest', async () => {
  start()
  await shows('LIVE')
  await event('agent-1', 'waiting', { task: 'plan', message: 'which file?' })
  await shows(/1 agent {2}\? 1 waiting/)
  await shows(/agent-1 +\? waiting +plan .* which file\?/)
  await shows(/\d\d:\d\d:\d\d\.\d\d\d {2}agent-1 +\? waiting +which file\?/)
})

test('what an agent says cannot steer the terminal', async () => {
  start()
  await event('\u001b[2J\u001b]0;title\u0007', '\u001b[31mred', {
    message: '\u001b[?1049l\r\n\u009b2J\u202e日本🚀',
  })
  await shows('日本🚀')
  expect(terminal.text()).toContain('\\e[2J\\e]0;t')
  expect(terminal.state().screen).toBe('alternate')
  // The header is where it was: nothing was cleared and nothing scrolled.
  expect(terminal.text()).toMatch(/^ beacon /)
})

test.each(['q', '\u0003'])('%j ends it, and the terminal is as before', async (key) => {
  start()
  await shows('LIVE')
  expect(terminal.state()).toEqual({ screen: 'alternate', cursorHidden: true, wraps: false, rawMode: true })
  terminal.press(key)
  await top
  await terminal.drawn()
  expect(terminal.state()).toEqual({ screen: 'normal', cursorHidden: false, wraps: true, rawMode: false })
})

test('a signal from outside ends it in the same way', async () => {
  start()
  await shows('LIVE')
  end.abort()
  await top
  await terminal.drawn()
  expect(terminal.state()).toEqual({ screen: 'normal', cursorHidden: false, wraps: true, rawMode: false })
})

test('keys select, sort and open the help', async () => {
  for (const agent of ['a', 'b', 'c']) await event(agent, 'running')
  start()
  await shows('1–3 of 3')
  terminal.press('sssss')
  await shows(/AGENT↑.*\n {2}a .*\n {2}b .*\n {2}c /)
  terminal.press('jj')
  await shows('▌ b')
  terminal.press('?')
  await shows('hold the picture still')
  terminal.press('\u001b')
  await shows('▌ b')
})

test('the screen follows the size of the terminal', async () => {
  await event('agent-1', 'running')
  start()
  await shows('agent-1')
  terminal.resize(50, 10)
  await shows(/^beacon: 60×15 needed, 50×10 here/)
  terminal.resize(140, 30)
  await shows(/EVENTS +IDLE↓/)
  expect(terminal.text()).toContain('agent-1')
})

test('when the aggregator goes the screen says so, and comes back by itself', async () => {
  await event('agent-1', 'running')
  start()
  await shows('1 agent')
  await aggregator.stop()
  await shows('RECONNECTING')
  await shows('— ev/s')
  aggregator = await startAggregator(nats.url)
  await shows('LIVE')
})

test('nothing is drawn when nothing changed', async () => {
  start()
  await shows('0 agents')
  await shows('the supervisor does not answer')
  const before = terminal.raw()
  await new Promise((resolve) => setTimeout(resolve, 2_200))
  expect(terminal.raw()).toBe(before)
})
