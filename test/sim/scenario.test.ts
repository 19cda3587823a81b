import { describe, expect, test } from 'vitest'
import { limits } from '../../src/core/event.ts'
import { parseEventBody } from '../../src/core/event-body.ts'
import { toEventLine } from '../../src/core/event-line.ts'
import { roles, teams } from '../../src/sim/bodies.ts'
import { statuses, tasks } from '../../src/sim/life.ts'
import { makeScenario } from '../../src/sim/make-scenario.ts'
import { type SimEvent, scenarioNames } from '../../src/sim/scenario.ts'
import { makeWrongs } from '../../src/sim/wrong.ts'

function draw(
  name: (typeof scenarioNames)[number],
  seed: number,
  count: number,
  agents = 50,
  rate = 100,
): SimEvent[] {
  const scenario = makeScenario(name, { agents, rate, seed, run: 'r' })
  return Array.from({ length: count }, (_, i) => scenario.next(scenario.dueAt(i)))
}

describe.each(scenarioNames)('%s', (name) => {
  test('one seed, one sequence; another seed, another', () => {
    const of = (seed: number): string => JSON.stringify(draw(name, seed, 3_000))
    expect(of(42)).toBe(of(42))
    expect(of(42)).not.toBe(of(43))
    expect(of(2 ** 40)).not.toBe(of(0))
  })

  test('each good event is valid, and the numbers of an agent start at 1 without a hole', () => {
    const numbers = new Map<number, Set<number>>()
    for (const event of draw(name, 7, 5_000)) {
      if (event.wrong) continue
      const body = parseEventBody(JSON.parse(event.body), limits)
      expect(body).toMatchObject({ ok: true, value: { agent_seq: event.agent_seq, run: 'r' } })
      const own = numbers.get(event.agent) ?? new Set()
      expect(own.has(event.agent_seq)).toBe(event.duplicate === true)
      numbers.set(event.agent, own.add(event.agent_seq))
    }
    for (const own of numbers.values()) {
      // In chaos the last number may have been passed over and not sent yet.
      expect(Math.max(...own) - own.size).toBeLessThanOrEqual(name === 'chaos' ? 1 : 0)
    }
  })

  test('each agent is heard within four events per agent', () => {
    const heard = new Set(draw(name, 7, 200 * (name === 'flap' ? 20 : 4), 50).map((event) => event.agent))
    expect(heard.size).toBe(50)
  })
})

describe('swarm', () => {
  const events = draw('swarm', 1, 20_000, 500, 500).map((event) => JSON.parse(event.body))

  test('statuses come roughly by their weights, errors more rarely; tasks all', () => {
    const share = (status: string): number =>
      events.filter((event) => event.status === status).length / events.length
    for (const status of new Set<string>(statuses)) {
      const weight = statuses.filter((each) => each === status).length / statuses.length
      expect(share(status), status).toBeGreaterThan(status === 'error' ? 0.004 : weight / 3)
      expect(share(status), status).toBeLessThan(status === 'error' ? 0.03 : weight * 1.8)
    }
    expect(new Set(events.map((event) => event.metadata.task))).toEqual(new Set(tasks))
  })

  test('a status lasts some events, an error one; work goes on until it is completed', () => {
    const last = new Map<string, (typeof events)[number]>()
    let changes = 0
    for (const event of events) {
      const before = last.get(event.agent_id)
      last.set(event.agent_id, event)
      if (!before) continue
      if (before.status !== event.status) changes++
      if (before.status === 'error') expect(event.status).toBe('running')
      if (event.status === 'completed') expect(event.metadata.progress).toBe(1)
      if (before.status === 'running' && event.status === 'running') {
        expect(event.metadata.progress).toBeGreaterThan(before.metadata.progress)
        expect(event.metadata.task).toBe(before.metadata.task)
      }
    }
    expect(changes / events.length).toBeLessThan(0.25)
  })

  test('agents that are seldom heard neither wait nor fail', () => {
    const seldom = draw('swarm', 1, 20_000, 500, 100).map((event) => JSON.parse(event.body).status)
    expect(new Set(seldom)).toEqual(new Set(['running', 'idle', 'completed', 'paused']))
  })

  test('an agent keeps its role and its team', () => {
    const of = new Map<string, string>()
    for (const { agent_id, metadata } of events) {
      const place = `${metadata.role} of ${metadata.team}`
      expect(of.get(agent_id) ?? place).toBe(place)
      of.set(agent_id, place)
    }
    expect(new Set(of.values()).size).toBe(roles.length * teams.length)
  })

  test('lines are about 370 bytes as stored', () => {
    const stamp = { id: '0'.repeat(36), received_at_ms: 0, hlc: '0'.repeat(25) }
    const bytes = events.reduce((sum, event) => sum + toEventLine(event, stamp).length, 0)
    expect(bytes / events.length).toBeGreaterThan(330)
    expect(bytes / events.length).toBeLessThan(380)
  })
})

describe('storm', () => {
  test('eight calm seconds at the rate, two at ten times the rate, over and over', () => {
    const { dueAt } = makeScenario('storm', { agents: 1, rate: 100, seed: 1, run: 'r' })
    const between = (from: number, to: number): number => {
      let n = 0
      for (let i = 0; dueAt(i) < to; i++) if (dueAt(i) >= from) n++
      return n
    }
    expect([
      between(0, 8_000),
      between(8_000, 10_000),
      between(10_000, 18_000),
      between(18_000, 20_000),
    ]).toEqual([800, 2_000, 800, 2_000])
  })
})

describe('flap', () => {
  test('agents greet, fall silent and come back; some say goodbye', () => {
    const scenario = makeScenario('flap', { agents: 20, rate: 200, seed: 1, run: 'r' })
    const started = new Map<number, number>()
    let stopped = 0
    for (let i = 0; scenario.dueAt(i) < 60_000; i++) {
      const event = scenario.next(scenario.dueAt(i))
      const { kind, status } = JSON.parse(event.body)
      if (!started.has(event.agent)) expect(kind).toBe('lifecycle')
      if (kind === 'lifecycle' && status === 'started')
        started.set(event.agent, (started.get(event.agent) ?? 0) + 1)
      if (status === 'stopped') stopped++
    }
    expect([...started.values()].every((times) => times > 1)).toBe(true)
    expect(stopped).toBeGreaterThan(10)
  })
})

describe('chaos', () => {
  test('a few hundred events meet every wrong, duplicates, swapped numbers and odd ids', () => {
    const events = draw('chaos', 3, 1_000)
    const wrongs = makeWrongs('a', 'r')
    expect(new Set(events.flatMap((event) => event.wrong?.name ?? [])).size).toBe(wrongs.length)
    expect(events.some((event) => event.duplicate)).toBe(true)
    const ids = new Set(
      events.filter((event) => !event.wrong).map((event) => JSON.parse(event.body).agent_id as string),
    )
    for (const part of ['.', ' ', '*', '>', '🛰', '__proto__', '\n', '\u001b']) {
      expect([...ids].some((id) => id.includes(part))).toBe(true)
    }
    expect(Math.max(...[...ids].map((id) => Buffer.byteLength(id)))).toBe(256)
  })

  test('each wrong event is one that Beacon refuses', () => {
    for (const { name, event, alone } of makeWrongs('agent-00001', 'r')) {
      if (alone || name === 'an event over 256 KiB') continue
      expect(parseEventBody(JSON.parse(event), limits).ok, name).toBe(false)
    }
  })
})
