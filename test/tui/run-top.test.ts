// The screen with a fake terminal and fake data: what it draws, what it asks for, and how it leaves.

import { afterEach, expect, test, vi } from 'vitest'
import { beatAt } from '../../src/core/beat.ts'
import { type Beat, toBeat } from '../../src/core/beat-tracker.ts'
import { BeaconError } from '../../src/core/errors.ts'
import { runTop } from '../../src/tui/run-top.tsx'
import type { TopOptions } from '../../src/tui/top-options.ts'
import { makeBeat } from './bars/fake-bars.ts'
import { type FakePorts, makeFakePorts, makeFleetAt } from './fake-ports.ts'
import { type FakeTerminal, makeFakeTerminal, restored } from './fake-terminal.ts'
import { makeFrame, newest, row, start_ms } from './frames.ts'

let end = new AbortController()
let terminal: FakeTerminal
let ports: FakePorts
let top: Promise<void> = Promise.resolve()

afterEach(async () => {
  end.abort()
  await top.catch(() => undefined)
})

function start(changes: Partial<TopOptions> = {}, columns = 100, rows = 20): void {
  end = new AbortController()
  terminal = makeFakeTerminal(columns, rows)
  ports = makeFakePorts()
  const { stdin, stdout } = terminal
  top = runTop({ ports, stdin, stdout, color: true, signal: end.signal, ...changes })
  ports.handlers.state({ name: 'live' })
}

const frame = (...agents: string[]) => makeFrame(agents.map((agent) => row(agent)))
const shows = (text: string | RegExp): Promise<void> =>
  vi.waitFor(() => expect(terminal.text()).toMatch(text), { timeout: 15_000, interval: 20 })

async function expectRestored(): Promise<void> {
  await terminal.drawn()
  expect(terminal.state()).toEqual(restored)
}

const taken = {
  screen: 'alternate',
  cursorHidden: true,
  wraps: false,
  mouse: true,
  paste: true,
  rawMode: true,
}

test('frames are drawn; an agent cannot steer the terminal', async () => {
  start()
  ports.send(
    makeFrame([
      row('\u001b[2J\u001b]0;title\u0007', '\u001b[31mred', 0, '\u001b[?1049l\r\n\u009b2J\u202e日本🚀'),
    ]),
  )
  await shows('\\e[2J')
  expect(terminal.state()).toEqual(taken)
  // The header is where it was: nothing was cleared and nothing scrolled.
  expect(terminal.text()).toMatch(/^ beacon /)
})

test.each([
  ['q', 'q'],
  ['ctrl-c', '\u0003'],
])('%s ends it, and the terminal is as before', async (_, keys) => {
  start()
  await shows('LIVE')
  terminal.press(keys)
  await top
  await expectRestored()
  expect(ports.closed).toBe(true)
})

test('a signal from outside ends it in the same way', async () => {
  start()
  await shows('LIVE')
  end.abort()
  await top
  await expectRestored()
})

test.each(['SIGHUP', 'SIGQUIT'] as const)('%s ends it in the same way', async (name) => {
  start()
  await shows('LIVE')
  process.emit(name)
  await top
  await expectRestored()
})

test('a terminal that goes away ends it quietly', async () => {
  start()
  await shows('LIVE')
  terminal.stdout.on('error', () => undefined)
  terminal.vanish()
  await top
})

test('a bug in a view leaves through the same door, and is said', async () => {
  start()
  await shows('LIVE')
  ports.send({ ...frame('a'), totals: null as never })
  await expect(top).rejects.toThrow(TypeError)
  await expectRestored()
})

test('a bug outside of the views does too', async () => {
  start()
  await shows('LIVE')
  process.emit('uncaughtException', new Error('a bug'))
  await expect(top).rejects.toThrow('a bug')
  await expectRestored()
})

test('keys open, filter and close; what is wanted is asked for once', async () => {
  start()
  ports.send(frame('agent-1'))
  await shows('agent-1')
  const before = ports.queries.length
  terminal.press('/')
  terminal.press('\u001b[200~status:error\u001b[201~\r')
  await shows('fleet › status:error')
  expect(ports.queries.slice(before).map(({ where }) => where)).toEqual(['status:error'])
  expect(ports.remembered.at(-1)?.filters).toEqual(['status:error'])
  terminal.press('\u001b')
  await vi.waitFor(() => expect(ports.queries.at(-1)?.where).toBeUndefined())
})

test('the mouse clicks and turns; switched off it is the terminal’s again', async () => {
  start()
  ports.send(frame('agent-1'))
  await shows('agent-1')
  const column = (terminal.text().split('\n')[1]?.indexOf('4') ?? 0) + 1
  terminal.press(`\u001b[<0;${column};2M\u001b[<0;${column};2m`)
  await vi.waitFor(() => expect(ports.queries.at(-1)?.needs).toBe(true))
  terminal.press('m')
  await vi.waitFor(() => expect(terminal.state().mouse).toBe(false))
  expect(ports.remembered.at(-1)?.mouse).toBe(false)
  terminal.press('m')
  await vi.waitFor(() => expect(terminal.state().mouse).toBe(true))
})

test('with the mouse off from the start it is never switched on', async () => {
  start({ memory: { mouse: false } })
  await shows('LIVE')
  expect(terminal.raw()).not.toContain('\u001b[?1000h')
})

test('y copies through the terminal', async () => {
  start()
  ports.send(frame('agent-1'))
  await shows('agent-1')
  terminal.press('jy')
  await shows('copied agent-1')
  expect(terminal.raw()).toContain(`\u001b]52;c;${Buffer.from('agent-1').toString('base64')}\u0007`)
})

test('a connection that is lost is said, and so is its return', async () => {
  start()
  ports.send(frame('agent-1'))
  await shows('LIVE')
  ports.handlers.state({ name: 'lost', reason: 'the aggregator fell silent' })
  await shows('RECONNECTING')
  await shows('the aggregator fell silent')
  ports.handlers.state({ name: 'live' })
  await shows('LIVE')
})

test('time travel: one moment is asked for at a time, the newest wanted next, and live data nearly stops', async () => {
  start()
  ports.send(frame('now-1'))
  await shows('now-1')
  terminal.press('t')
  await vi.waitFor(() => expect(ports.moments).toHaveLength(1))
  expect(ports.queries.at(-1)).toEqual({ view: 'fleet', limit: 0, newest: 0 })
  terminal.press('\u001b[D\u001b[D\u001b[D')
  ports.moments[0]?.answer(makeFleetAt(start_ms, 100, ['then-1']))
  await shows('then-1')
  await vi.waitFor(() => expect(ports.moments).toHaveLength(2))
  const [first, second] = ports.moments.map(({ request }) => request.at_ms ?? 0)
  expect((first ?? 0) - (second ?? 0)).toBe(3_000)
  ports.moments[1]?.refuse(new BeaconError('daemon_unreachable', 'no historian answers'))
  await shows('no historian answers')
  terminal.press('t')
  await shows('LIVE')
  expect(ports.queries.at(-1)?.limit).toBeGreaterThan(0)
})

test('it can start in the past', async () => {
  start({ moment: { seq: 5 } })
  await vi.waitFor(() => expect(ports.moments[0]?.request).toMatchObject({ seq: 5 }))
  ports.moments[0]?.answer(makeFleetAt(start_ms, 5, ['then-1']))
  await shows('then-1')
  await shows('TIME')
})

test('the screen follows the size of the terminal, also through a storm', async () => {
  start()
  ports.send(frame('agent-1'))
  await shows('agent-1')
  terminal.resize(50, 10)
  await shows(/^beacon: 60×15 needed, 50×10 here/)
  for (let n = 0; n < 60; n++) terminal.resize(60 + ((n * 37) % 120), 15 + ((n * 11) % 40))
  terminal.resize(120, 24)
  await shows(/^ beacon .* ev\/s ?\n[\s\S]*agent-1[\s\S]*q quit ?$/)
  const lines = terminal.text().split('\n')
  expect(lines.filter((line) => line.includes(' beacon '))).toHaveLength(1)
})

test('nothing is drawn when nothing changed', async () => {
  start()
  ports.send(frame('agent-1'))
  await shows('agent-1')
  await shows('accepted 10')
  ports.send(frame('agent-1'))
  await terminal.drawn()
  const before = terminal.raw()
  for (let n = 0; n < 20; n++) ports.send(frame('agent-1'))
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(terminal.raw()).toBe(before)
})

test('a beat draws its strip and nothing else, once for each time that it moves', async () => {
  start({}, 160)
  // Nobody whose age would change.
  ports.send(frame())
  await shows('accepted 10')
  await terminal.drawn()
  const before = terminal.raw()
  const schedule = { beat: 480, at_ms: performance.now(), bpm: 120 }
  const facts = { cluster_id: 'c', beats_per_bar: 120, epoch: 1, leader: 'a', degraded: false }
  const beatNow = (): Beat => {
    const clock = { monotonic_ms: performance.now(), wall_ms: Date.now() }
    return toBeat(facts, schedule, beatAt(schedule, clock.monotonic_ms), clock.monotonic_ms, clock)
  }
  Object.defineProperty(ports, 'beat', { get: beatNow })
  ports.onFrame()
  await shows(/bar 4 +([3-9]|\d\d)\/120 ▮/)
  const written = terminal.raw().slice(before.length)
  const moves_max = Math.ceil((performance.now() - schedule.at_ms) / (500 / 3))
  // Each update of the screen ends so.
  expect(written.split('\u001b[?2026l').length - 1).toBeLessThanOrEqual(moves_max)
  for (const still of ['no agents yet', 'accepted', 'fleet']) expect(written).not.toContain(still)
})

test.each(['fleet', 'bars'] as const)(
  'frames, beats and sizes in any order leave a right picture of %s',
  async (view) => {
    start({ place: { view } }, 160)
    const agents = (count: number) => frame(...Array.from({ length: count }, (_, i) => `agent-${i}`))
    const expectRight = async (count: number, at: number, phase: string): Promise<void> => {
      const beat = `♩120 bar 41 ${String(at + 1).padStart(3)}/120 ▮+▯* ${phase.padEnd(7)}`
      await shows(new RegExp(`^ beacon .* ${count} agents? .* {2}${beat} +50\\.0 ev/s ?\n 1 fleet`))
      if (view === 'bars')
        expect(terminal.text()).toMatch(new RegExp(`beat +${at + 1} of 120 {2}▮+▯* ${phase}`))
    }
    for (const [n, phase] of (['plan', 'execute', 'review', 'plan', 'review'] as const).entries()) {
      ports.send(agents(n + 1))
      ports.beat = makeBeat(41, n * 25, { phase, deadline_ms: Date.now() + 60_000 })
      ports.onFrame()
      await expectRight(n + 1, n * 25, phase)
      ports.send(agents(n + 2))
      await expectRight(n + 2, n * 25, phase)
      terminal.resize(160, 20)
      await terminal.drawn()
      await expectRight(n + 2, n * 25, phase)
    }
    terminal.resize(158, 22)
    await expectRight(6, 100, 'review')
  },
)

test('in ASCII nothing else reaches the terminal', async () => {
  start({ ascii: true })
  ports.send(makeFrame([row('agent-1', 'running', 0, '日本 …')], { newest: [newest(1)] }))
  await shows('agent-1')
  terminal.press('?')
  await shows('IN FLEET')
  expect(terminal.raw()).toMatch(/^\p{ASCII}*$/u)
})

test('without colour there are attributes and no colours', async () => {
  start({ color: false })
  ports.send(makeFrame([row('agent-1', 'error', 0, '', { health: 'unhealthy' })]))
  await shows('agent-1')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
  expect(terminal.raw()).not.toMatch(/\u001b\[(3[0-8]|4[0-8]|9[0-7])[;m]/)
  expect(terminal.raw()).toContain('\u001b[7m')
})
