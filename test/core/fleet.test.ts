import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fold, isErrorStatus, makeFleet, pass, rateAt } from '../../src/core/fleet.ts'
import type { FleetEvent } from '../../src/core/fleet-event.ts'
import { nothingShown, orderFleet, toFleetBody, toTotals } from '../../src/core/fleet-view.ts'
import { type FleetQuery, fleetSorts, toAgentRow } from '../../src/core/view.ts'
import { parseFleetQuery } from '../../src/core/view-query.ts'

const start_ms = 1_782_475_200_000

type Step = { agent: number; status: string; task?: string | undefined; number: number; pause_ms: number }

const steps = fc.array(
  fc.record({
    agent: fc.nat(9),
    status: fc.constantFrom('running', 'error', 'Failed', 'idle', 'waiting', 'a', 'b', 'c'),
    task: fc.constantFrom(undefined, 'plan', 'search'),
    // Few numbers, so that many are duplicates.
    number: fc.nat(30),
    pause_ms: fc.nat(400),
  }),
  { maxLength: 300 },
)

function toEvents(list: Step[]): FleetEvent[] {
  let at_ms = start_ms
  return list.map(({ agent, status, task, number, pause_ms }, i) => {
    at_ms += pause_ms
    return {
      seq: i + 1,
      agent_id: `agent-${agent}`,
      kind: 'state',
      status,
      received_at_ms: at_ms,
      agent_seq: number,
      ...(task === undefined ? {} : { task }),
      metadata: JSON.stringify({ number }),
    }
  })
}

type Naive = {
  id: string
  status: string
  task: string
  events: number
  errors: number
  last_seen_ms: number
  last_seq: number
  times: number[]
}

/** The same fold, written for reading only. */
function naiveFold(events: FleetEvent[]): { agents: Naive[]; duplicates: number; times: number[] } {
  const agents = new Map<string, Naive>()
  const seen = new Set<string>()
  const times: number[] = []
  let duplicates = 0
  for (const event of events) {
    const key = `${event.agent_id} ${event.agent_seq}`
    if (seen.has(key)) {
      duplicates++
      continue
    }
    seen.add(key)
    const agent = agents.get(event.agent_id) ?? {
      id: event.agent_id,
      status: '',
      task: '',
      events: 0,
      errors: 0,
      last_seen_ms: 0,
      last_seq: 0,
      times: [],
    }
    agents.set(event.agent_id, agent)
    agent.status = event.status
    agent.task = event.task ?? agent.task
    agent.events++
    if (/^(error|failed)$/i.test(event.status)) agent.errors++
    agent.last_seen_ms = event.received_at_ms
    agent.last_seq = event.seq
    agent.times.push(event.received_at_ms)
    times.push(event.received_at_ms)
  }
  return { agents: [...agents.values()], duplicates, times }
}

const query = (input: object): FleetQuery => {
  const parsed = parseFleetQuery(input)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

const fleetOf = (events: FleetEvent[]) => {
  const fleet = makeFleet(1)
  for (const event of events) fold(fleet, event)
  return fleet
}

test('agents, totals and counts by status are those of a fold written for reading', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const events = toEvents(list)
      const fleet = fleetOf(events)
      const naive = naiveFold(events)
      const now_ms = events.at(-1)?.received_at_ms ?? start_ms
      const { body } = toFleetBody(
        fleet,
        query({ limit: 100 }),
        orderFleet(fleet, query({ sort: 'agent', limit: 100 }), now_ms),
        nothingShown,
        now_ms,
        { events: 0, ms: 0 },
      )
      const rows = body.rows.map((cells) => toAgentRow(body.columns, cells))
      const wanted = naive.agents.toSorted((a, b) => (a.id < b.id ? -1 : 1))
      expect(rows.map(({ rate, text, ...row }) => row)).toEqual(
        wanted.map(({ id, times, ...agent }) => ({ agent: id, ...agent })),
      )
      const byStatus = new Map<string, number>()
      for (const { status } of naive.agents) byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
      expect(new Map(body.totals.by_status)).toEqual(byStatus)
      expect(body.totals).toMatchObject({
        agents: naive.agents.length,
        events: naive.times.length,
        errors: naive.agents.reduce((sum, agent) => sum + agent.errors, 0),
        duplicates: naive.duplicates,
        other_statuses: 0,
      })
      expect(body.seq).toBe(events.length)
    }),
  )
})

test('each order is the stable sort of all agents, and a window is a cut of it', () => {
  fc.assert(
    fc.property(
      steps,
      fc.constantFrom(...fleetSorts),
      fc.nat(12),
      fc.nat(12),
      (list, sort, offset, limit) => {
        const events = toEvents(list)
        const fleet = fleetOf(events)
        const now_ms = events.at(-1)?.received_at_ms ?? start_ms
        const { agents } = naiveFold(events)
        const key = {
          seen: (a: Naive) => -a.last_seen_ms,
          idle: (a: Naive) => a.last_seen_ms,
          errors: (a: Naive) => -a.errors,
          events: (a: Naive) => -a.events,
          rate: (a: Naive) => -rateAt(fleet, fleet.numbers.get(a.id) as number, now_ms),
          agent: () => 0,
        }[sort]
        // Agents of one moment stand as they came; the longest idle are the newest turned round.
        const order = agents.toSorted((a, b) => key(a) - key(b))
        if (sort === 'idle')
          order.splice(0, order.length, ...agents.toReversed().toSorted((a, b) => key(a) - key(b)))
        if (sort === 'agent') order.sort((a, b) => (a.id < b.id ? -1 : 1))
        const window = orderFleet(fleet, query({ sort, offset, limit }), now_ms)
        expect(window.matched).toBe(agents.length)
        expect(window.members.map((agent) => fleet.ids[agent])).toEqual(
          order.slice(offset, offset + limit).map(({ id }) => id),
        )
      },
    ),
  )
})

test('an agent that the expression does not match is neither in the window nor counted', () => {
  const fleet = fleetOf(
    toEvents([
      { agent: 1, status: 'error', task: 'plan', number: 1, pause_ms: 0 },
      { agent: 2, status: 'running', number: 2, pause_ms: 0 },
      { agent: 3, status: 'error', number: 3, pause_ms: 60_000 },
    ]),
  )
  const ids = (where: string): (string | undefined)[] =>
    orderFleet(fleet, query({ where, sort: 'agent' }), start_ms + 60_000).members.map(
      (agent) => fleet.ids[agent],
    )
  expect(ids('status:error')).toEqual(['agent-1', 'agent-3'])
  expect(ids('errors>0 idle>=60s')).toEqual(['agent-1'])
  expect(ids('task:plan')).toEqual(['agent-1'])
  expect(ids('meta.number>2')).toEqual(['agent-3'])
  expect(ids('!status:error kind:state')).toEqual(['agent-2'])
})

test('a frame has what came after the frame before, and counts what it leaves out', () => {
  const events = toEvents(
    Array.from({ length: 20 }, (_, i) => ({ agent: 1, status: 'a', number: i, pause_ms: 1 })),
  )
  const fleet = fleetOf(events.slice(0, 5))
  const wanted = query({ newest: 10 })
  const frame = (shown = nothingShown) =>
    toFleetBody(fleet, wanted, { members: [], matched: 0 }, shown, start_ms, { events: 0, ms: 0 })
  const first = frame()
  expect(first.body.newest.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
  expect(first.body.skipped).toBe(0)
  for (const event of events.slice(5)) fold(fleet, event)
  const second = frame(first.shown)
  expect(second.body.newest.map(({ seq }) => seq)).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20])
  expect(second.body.skipped).toBe(5)
  expect(frame(second.shown).body).toMatchObject({ newest: [], skipped: 0 })
})

test('more events than the ring holds are skipped and counted', () => {
  const events = toEvents(
    Array.from({ length: 1_000 }, (_, i) => ({ agent: 1, status: 'a', number: i, pause_ms: 1 })),
  )
  const fleet = fleetOf(events.slice(0, 1))
  const first = toFleetBody(
    fleet,
    query({ newest: 200 }),
    { members: [], matched: 0 },
    nothingShown,
    start_ms,
    { events: 0, ms: 0 },
  )
  for (const event of events.slice(1)) fold(fleet, event)
  const { body } = toFleetBody(
    fleet,
    query({ newest: 200 }),
    { members: [], matched: 0 },
    first.shown,
    start_ms,
    { events: 0, ms: 0 },
  )
  expect(body.newest.length).toBe(200)
  expect(body.skipped).toBe(799)
  expect(body.newest.at(-1)?.seq).toBe(1_000)
})

test('statuses that nobody has any more leave no trace', () => {
  const fleet = makeFleet()
  for (let i = 0; i < 1_000; i++)
    fold(fleet, {
      seq: i + 1,
      agent_id: 'a',
      kind: 'state',
      status: `status ${i}`,
      received_at_ms: start_ms,
      metadata: '{}',
    })
  expect(toTotals(fleet, start_ms).by_status).toEqual([['status 999', 1]])
  expect(fleet.statuses.texts.length).toBeLessThan(5)
})

test('a message that is no event moves the position only', () => {
  const fleet = makeFleet()
  pass(fleet, 41)
  expect(fleet).toMatchObject({ seq: 41, first_seq: 41, events: 0 })
})

test.each([
  ['error', true],
  ['FAILED', true],
  ['errors', false],
  ['running', false],
])('%s is an error: %s', (status, expected) => {
  expect(isErrorStatus(status)).toBe(expected)
})

test.each([
  { sort: 'height' },
  { limit: -1 },
  { limit: 501 },
  { offset: 0.5 },
  { columns: ['agent', 'constructor'] },
  { view: 'bars' },
  { where: 'statu:error' },
  { where: 7 },
  null,
  'fleet',
])('a query that makes no sense is refused: %j', (input) => {
  expect(parseFleetQuery(input).ok).toBe(false)
})
