import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limits } from '../../src/core/event.ts'
import { parseEventBody } from '../../src/core/event-body.ts'
import { makeScenario } from '../../src/sim/make-scenario.ts'
import type { SimEvent } from '../../src/sim/scenario.ts'
import { countTroubled, makeTrouble, type TroubleKind, troubleKinds } from '../../src/sim/trouble.ts'

const agents = 600
const rate = 600
const minutes = 5

type Said = { at_ms: number; seq: number; status: string; metadata: Record<string, unknown> }

/** What each agent said in some minutes. */
function run(name: 'swarm' | 'storm', seed: number, trouble: number): Map<number, Said[]> {
  const scenario = makeScenario(name, { agents, rate, seed, run: 'r', trouble })
  const said = new Map<number, Said[]>(Array.from({ length: agents }, (_, agent) => [agent, []]))
  for (let i = 0; scenario.dueAt(i) < minutes * 60_000; i++) {
    const event: SimEvent = scenario.next(scenario.dueAt(i))
    const body = JSON.parse(event.body)
    expect(body.agent_seq).toBe(event.agent_seq)
    said.get(event.agent)?.push({ ...body, at_ms: event.due_ms, seq: event.agent_seq })
  }
  return said
}

describe.each(['swarm', 'storm'] as const)('%s in trouble', (name) => {
  const { kinds } = makeTrouble({ agents, seed: 1, share: 0.04 })
  const said = run(name, 1, 0.04)
  const of = (kind: TroubleKind): Said[][] =>
    [...kinds].filter(([, each]) => each === kind).map(([agent]) => said.get(agent) as Said[])
  const last = (events: Said[]): Said => events.at(-1) as Said
  const silent = (events: Said[]): boolean => last(events).at_ms < (minutes - 1) * 60_000
  /** Those whose story began well before the end. */
  const some = (kind: TroubleKind, is: (events: Said[]) => boolean): Said[][] => {
    const found = of(kind).filter(is)
    expect(found.length, kind).toBeGreaterThan(0)
    return found
  }

  test('agents that are well skip no number and are never silent for long', () => {
    for (const [agent, events] of said) {
      if (kinds.has(agent)) continue
      expect(last(events).seq).toBe(events.length)
      expect(silent(events)).toBe(false)
    }
  })

  test('all is well in the first seconds, and each kind has begun within half a minute', () => {
    for (const kind of troubleKinds) {
      const odd = of(kind).flatMap((events) =>
        events.filter((event, i) => event.seq !== i + 1 || 'message' in event.metadata || isRepeated(event)),
      )
      expect(Math.min(...odd.map((event) => event.at_ms)), kind).toBeGreaterThan(3_000)
      expect(Math.min(...odd.map((event) => event.at_ms)), kind).toBeLessThan(32_000)
    }
  })

  test('crash: some errors with one cause, then silence', () => {
    for (const events of some('crash', silent)) {
      const causes = events.filter(isRepeated)
      expect(causes.length).toBeGreaterThanOrEqual(3)
      expect(last(events)).toBe(causes.at(-1))
      expect(last(events).status).toBe('error')
      expect(String(last(events).metadata.error)).toMatch(/\(attempt (\d) of \1\)$/)
    }
  })

  test('hang: running in a web search, then silence', () => {
    for (const events of some('hang', silent)) {
      expect(last(events)).toMatchObject({ status: 'running', metadata: { task: 'web_search' } })
    }
  })

  test('waiting: a question, then silence until it is answered; some are', () => {
    const questions = of('waiting').flatMap((events) =>
      events.flatMap((event, i) => {
        if (event.status !== 'waiting' || !String(event.metadata.message).endsWith('?')) return []
        return [{ asked: event, next: events[i + 1] }]
      }),
    )
    const answered = questions.filter(({ next }) => next)
    expect(answered.length).toBeGreaterThan(0)
    const longAgo_ms = (minutes * 60 - 140) * 1_000
    expect(questions.some(({ asked, next }) => !next && asked.at_ms < longAgo_ms)).toBe(true)
    for (const { asked, next } of answered) {
      expect(next).toMatchObject({ status: 'running', metadata: { message: 'thank you, going on' } })
      expect((next?.at_ms ?? 0) - asked.at_ms).toBeGreaterThan(45_000)
    }
  })

  test('erroring: goes on, and most of its events are errors that last', () => {
    for (const events of of('erroring')) expect(silent(events)).toBe(false)
    const [first] = of('erroring') as [Said[]]
    const later = first.filter((event) => event.at_ms > 60_000)
    expect(later.filter((event) => event.status === 'error').length / later.length).toBeGreaterThan(0.7)
  })

  test('finished: completed with a result, then silence', () => {
    for (const events of some('finished', silent)) {
      expect(last(events).status).toBe('completed')
      expect(last(events).metadata.message).toMatch(/^done: /)
    }
  })

  test('gaps: numbers are left out now and then, and never come', () => {
    for (const events of some('gaps', (each) => last(each).seq > each.length)) {
      expect(silent(events)).toBe(false)
      expect(events.every((event, i) => i === 0 || event.seq > (events[i - 1] as Said).seq)).toBe(true)
      expect(events.length / last(events).seq).toBeGreaterThan(0.6)
    }
  })
})

const isRepeated = (event: Said): boolean =>
  event.status === 'error' && event.metadata.error !== 'timeout, trying again'

describe('the share', () => {
  test('none is none; a hundred agents and more have at least three; it never exceeds the swarm', () => {
    const table: [agents: number, share: number, troubled: number][] = [
      [50_000, 0, 0],
      [50_000, 0.01, 500],
      [1_000, 0.01, 10],
      [100, 0.0001, 3],
      [99, 0.001, 0],
      [10, 0.25, 3],
      [10, 1, 10],
    ]
    for (const [n, share, troubled] of table) {
      expect(countTroubled(n, share)).toBe(troubled)
      expect(makeTrouble({ agents: n, seed: 1, share }).kinds.size).toBe(troubled)
    }
  })

  test('whatever the share and the seed: valid events, numbers that rise, and the schedule is held', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), share, fc.nat(), (n, trouble, seed) => {
        const scenario = makeScenario('swarm', { agents: n, rate: 10, seed, run: 'r', trouble })
        const numbers = new Map<number, number>()
        for (let i = 0; i < 600; i++) {
          const event = scenario.next(scenario.dueAt(i))
          expect(event.agent_seq).toBeGreaterThan(numbers.get(event.agent) ?? 0)
          numbers.set(event.agent, event.agent_seq)
          expect(parseEventBody(JSON.parse(event.body), limits).ok).toBe(true)
        }
      }),
      { numRuns: 30 },
    )
  })
})
