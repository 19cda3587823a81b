import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventKinds } from '../../src/core/event.ts'
import { type Fleet, fold, makeFleet, rateAt } from '../../src/core/fleet.ts'
import type { FleetEvent } from '../../src/core/fleet-event.ts'
import { activityOf, healthOf, needOf } from '../../src/core/fleet-health.ts'
import {
  makePicture,
  movePicture,
  type Picture,
  pictureAt,
  preparePicture,
} from '../../src/core/fleet-picture.ts'
import { nothingShown, orderFleet, type Shown, toBody, toFleetBody } from '../../src/core/fleet-view.ts'
import { activities, healths, needs } from '../../src/core/health.ts'
import {
  type FleetBody,
  type FleetQuery,
  type FleetSort,
  fleetSorts,
  groupFields,
  heatmapKinds,
  toAgentRow,
} from '../../src/core/view.ts'
import { parseFleetQuery } from '../../src/core/view-query.ts'
import { histories, start_ms } from './histories.ts'

const noLag = { events: 0, ms: 0 }

const query = (input: object): FleetQuery => {
  const parsed = parseFleetQuery(input)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

const fleetOf = (events: FleetEvent[]): Fleet => {
  const fleet = makeFleet(1)
  for (const event of events) fold(fleet, event)
  return fleet
}

/** Some time after the last event, so that health, rates and silence differ. */
const moments = fc.integer({ min: -1_000, max: 900_000 })
const momentOf = (events: FleetEvent[], after_ms: number): number =>
  Math.max(start_ms, ...events.map(({ received_at_ms }) => received_at_ms)) + after_ms

const bodyOf = (fleet: Fleet, input: object, now_ms: number): FleetBody => {
  const wanted = query(input)
  return toFleetBody(fleet, wanted, orderFleet(fleet, wanted, now_ms), nothingShown, now_ms, noLag).body
}

/** `count` events of one agent each, a millisecond apart. */
const simple = (count: number, given: (i: number) => Partial<FleetEvent> = () => ({})): FleetEvent[] =>
  Array.from({ length: count }, (_, i) => ({
    seq: i + 1,
    agent_id: `agent-${i}`,
    kind: 'state',
    status: 'running',
    received_at_ms: start_ms + i,
    metadata: '{}',
    ...given(i),
  }))

const numbersOf = (fleet: Fleet): number[] => fleet.ids.map((_, agent) => agent)

const wheres = fc.constantFrom(
  undefined,
  'status:idle',
  'errors>0',
  'health:late',
  '!health:healthy',
  'idle>60',
  'meta.words>4',
  'agent-1',
)

/** The agents that the query asks for, by asking each of them. */
function plainMatches(fleet: Fleet, { where, needs: needy }: FleetQuery, now_ms: number): number[] {
  const { columns, statuses } = fleet
  const idle_s = (agent: number): number =>
    Math.max(0, now_ms - (columns.last_seen_ms[agent] as number)) / 1_000
  const health = (agent: number): string => healths[healthOf(fleet, agent, now_ms)] as string
  const tests: Record<string, (agent: number) => boolean> = {
    'status:idle': (agent) => statuses.texts[columns.status[agent] as number] === 'idle',
    'errors>0': (agent) => (columns.errors[agent] as number) > 0,
    'health:late': (agent) => health(agent) === 'late',
    '!health:healthy': (agent) => health(agent) !== 'healthy',
    'idle>60': (agent) => idle_s(agent) > 60,
    'meta.words>4': (agent) => JSON.parse(fleet.metadata[agent] as string).words > 4,
    'agent-1': (agent) => fleet.ids[agent] === 'agent-1',
  }
  return numbersOf(fleet)
    .filter((agent) => where === undefined || tests[where]?.(agent))
    .filter((agent) => !needy || needOf(fleet, agent, now_ms) !== 0)
}

const badness = ['healthy', 'stopped', 'late', 'suspect', 'unhealthy']

function plainKey(fleet: Fleet, agent: number, sort: FleetSort, now_ms: number): number | string {
  const { columns, statuses, tasks, ids } = fleet
  const last = '\u{10ffff}'
  const need = needOf(fleet, agent, now_ms)
  switch (sort) {
    case 'seen':
      return -(columns.last_seen_ms[agent] as number)
    case 'idle':
      return columns.last_seen_ms[agent] as number
    case 'since':
      return columns.status_since_ms[agent] || Number.POSITIVE_INFINITY
    case 'seq':
      return -(columns.last_seq[agent] as number)
    case 'rate':
      return -rateAt(fleet, agent, now_ms)
    case 'errors':
    case 'events':
    case 'gaps':
      return -(columns[sort][agent] as number)
    case 'health':
      return -badness.indexOf(healths[healthOf(fleet, agent, now_ms)] as string)
    case 'needs':
      return need === 0 ? needs.length : need
    case 'status':
      return statuses.texts[columns.status[agent] as number] || last
    case 'task':
      return tasks.texts[columns.task[agent] as number] || last
    case 'agent':
      return ids[agent] as string
  }
}

test('each order, either way round, is the stable sort of those that match, and a window is a cut of it', () => {
  fc.assert(
    fc.property(
      histories(),
      moments,
      fc.record({
        sort: fc.constantFrom(...fleetSorts),
        reverse: fc.boolean(),
        needs: fc.boolean(),
        offset: fc.nat(7),
        limit: fc.nat(7),
        where: wheres,
      }),
      (events, after_ms, asked) => {
        const fleet = fleetOf(events)
        const now_ms = momentOf(events, after_ms)
        const wanted = query(asked)
        const matches = plainMatches(fleet, wanted, now_ms)
        const key = (agent: number) => plainKey(fleet, agent, wanted.sort, now_ms)
        const direction = wanted.reverse ? -1 : 1
        const order = matches.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) * direction)
        expect(orderFleet(fleet, wanted, now_ms)).toEqual({
          members: order.slice(wanted.offset, wanted.offset + wanted.limit),
          matched: matches.length,
        })
      },
    ),
    { numRuns: 500 },
  )
})

test('a window far from the beginning is as right as the first', () => {
  const fleet = fleetOf(simple(2_345))
  const ids = (input: object): (string | undefined)[] =>
    orderFleet(fleet, query(input), start_ms).members.map((agent) => fleet.ids[agent])
  expect(ids({ sort: 'seq', offset: 1_499, limit: 3 })).toEqual(['agent-845', 'agent-844', 'agent-843'])
  expect(ids({ sort: 'seq', reverse: true, offset: 2_343, limit: 5 })).toEqual(['agent-2343', 'agent-2344'])
  expect(ids({ offset: 9_999 })).toEqual([])
})

test('rows, totals and the pinned row show what the fleet holds', () => {
  fc.assert(
    fc.property(histories(), moments, (events, after_ms) => {
      const fleet = fleetOf(events)
      const now_ms = momentOf(events, after_ms)
      const body = bodyOf(fleet, { sort: 'agent', reverse: true, limit: 100, pin: 'agent-0' }, now_ms)
      const { columns, statuses, tasks } = fleet
      const rows = numbersOf(fleet).map((agent) => ({
        agent: fleet.ids[agent],
        health: healths[healthOf(fleet, agent, now_ms)],
        needs: needs[needOf(fleet, agent, now_ms)],
        status: statuses.texts[columns.status[agent] as number],
        activity: activities[activityOf(fleet, agent)],
        task: tasks.texts[columns.task[agent] as number],
        rate: Math.round(rateAt(fleet, agent, now_ms) * 100) / 100,
        errors: columns.errors[agent],
        events: columns.events[agent],
        gaps: columns.gaps[agent],
        missing: columns.missing[agent],
        status_since_ms: columns.status_since_ms[agent],
        last_seen_ms: columns.last_seen_ms[agent],
        last_seq: columns.last_seq[agent],
      }))
      const shown = body.rows.map((cells) => toAgentRow(body.columns, cells))
      expect(shown.map(({ text, ...row }) => row)).toEqual(
        rows.toSorted((a, b) => ((a.agent as string) > (b.agent as string) ? -1 : 1)),
      )
      expect(body.pinned?.[0]).toBe(fleet.numbers.has('agent-0') ? 'agent-0' : undefined)
      const count = <T>(values: T[], value: T): number => values.filter((each) => each === value).length
      expect(body.totals).toMatchObject({
        agents: rows.length,
        by_health: Object.fromEntries(
          healths.map((name) => [
            name,
            count(
              rows.map((row) => row.health),
              name,
            ),
          ]),
        ),
        by_needs: Object.fromEntries(
          needs.slice(1).map((name) => [
            name,
            count(
              rows.map((row) => row.needs),
              name,
            ),
          ]),
        ),
        events: fleet.events,
        errors: fleet.errors,
        duplicates: fleet.duplicates,
        gaps: fleet.gaps,
        reorders: fleet.reorders,
        missing: fleet.missing,
      })
      const named = body.totals.by_status.reduce((sum, [, agents]) => sum + agents, 0)
      expect(named + body.totals.other_statuses).toBe(rows.length)
    }),
  )
})

test('of more statuses than are shown, the most frequent are, and the others counted', () => {
  const fleet = fleetOf(simple(40, (i) => ({ status: `s${Math.min(i, 20)}` })))
  const { totals } = bodyOf(fleet, {}, start_ms)
  expect(totals.by_status[0]).toEqual(['s20', 20])
  expect(totals.by_status.length).toBe(12)
  expect(totals.other_statuses).toBe(40 - 20 - 11)
})

test('a column can be any key of the metadata', () => {
  const fleet = fleetOf(
    simple(2, (i) => ({ metadata: i === 0 ? '{"model":"m","n":7}' : '{"model":{"a":1}}' })),
  )
  const { rows } = bodyOf(fleet, { sort: 'agent', columns: ['agent', 'meta.model', 'meta.n'] }, start_ms)
  expect(rows).toEqual([
    ['agent-0', 'm', '7'],
    ['agent-1', '', ''],
  ])
})

describe('roll-ups', () => {
  const fields = fc.constantFrom(...groupFields, 'meta.words')

  function plainValue(fleet: Fleet, agent: number, field: string, now_ms: number): string {
    const { columns, statuses, tasks } = fleet
    switch (field) {
      case 'health':
        return healths[healthOf(fleet, agent, now_ms)] as string
      case 'needs':
        return needs[needOf(fleet, agent, now_ms)] as string
      case 'activity':
        return activities[activityOf(fleet, agent)] as string
      case 'status':
        return statuses.texts[columns.status[agent] as number] as string
      case 'task':
        return tasks.texts[columns.task[agent] as number] as string
      case 'kind':
        return eventKinds[columns.kind[agent] as number] as string
      default:
        return String(JSON.parse(fleet.metadata[agent] as string)[field.replace('meta.', '')] ?? '')
    }
  }

  test('each agent that matches is in the group of its value, the most numerous first', () => {
    fc.assert(
      fc.property(
        histories(),
        moments,
        fields,
        fc.boolean(),
        wheres,
        (events, after_ms, group, needy, where) => {
          const fleet = fleetOf(events)
          const now_ms = momentOf(events, after_ms)
          const body = bodyOf(fleet, { group, needs: needy, where }, now_ms)
          const groups = body.groups ?? []
          expect(groups.reduce((sum, { agents }) => sum + agents, 0)).toBe(body.matched)
          for (const { agents, by_health } of groups) expect(by_health.reduce((a, b) => a + b)).toBe(agents)
          const byValue = Map.groupBy(plainMatches(fleet, query({ needs: needy, where }), now_ms), (agent) =>
            plainValue(fleet, agent, group, now_ms),
          )
          const wanted = [...byValue].map(([key, members]) => ({
            key,
            agents: members.length,
            by_health: healths.map((_, i) => members.filter((a) => healthOf(fleet, a, now_ms) === i).length),
            needs: members.filter((a) => needOf(fleet, a, now_ms) !== 0).length,
            rate: expect.closeTo(
              members.reduce((sum, a) => sum + rateAt(fleet, a, now_ms), 0),
              1,
            ),
            errors: members.reduce((sum, a) => sum + (fleet.columns.errors[a] as number), 0),
          }))
          expect(groups).toEqual(wanted.sort((a, b) => b.agents - a.agents || (a.key < b.key ? -1 : 1)))
          expect(body.other_groups).toBe(0)
        },
      ),
    )
  })

  test('of more than two hundred groups the others are counted', () => {
    const fleet = fleetOf(simple(250, (i) => ({ metadata: JSON.stringify({ role: `r${i % 230}` }) })))
    const body = bodyOf(fleet, { group: 'role' }, start_ms)
    expect(body.groups?.length).toBe(200)
    expect(body.groups?.slice(0, 20).every(({ agents }) => agents === 2)).toBe(true)
    expect(body.other_groups).toBe(30)
  })
})

describe('the heatmap', () => {
  test('a cell of several agents shows the worst, and names it', () => {
    fc.assert(
      fc.property(
        histories(),
        moments,
        fc.constantFrom(...heatmapKinds),
        fc.integer({ min: 1, max: 8 }),
        wheres,
        (events, after_ms, by, cells, where) => {
          const fleet = fleetOf(events)
          const now_ms = momentOf(events, after_ms)
          const matches = plainMatches(fleet, query({ where }), now_ms)
          const weight = (agent: number): number =>
            ({
              health: badness.indexOf(healths[healthOf(fleet, agent, now_ms)] as string),
              rate: rateAt(fleet, agent, now_ms),
              errors: fleet.columns.errors[agent] as number,
              seen: now_ms - (fleet.columns.last_seen_ms[agent] as number),
            })[by]
          const perCell = Math.max(1, Math.ceil(matches.length / cells))
          for (let cell = 0; cell * perCell < matches.length; cell++) {
            const { heatmap, cell_agent } = bodyOf(fleet, { where, heatmap: { by, cells }, cell }, now_ms)
            const members = matches.slice(cell * perCell, (cell + 1) * perCell)
            const shown = members.find(
              (agent) => weight(agent) === Math.max(...members.map(weight)),
            ) as number
            expect(cell_agent).toBe(fleet.ids[shown])
            expect(heatmap?.agents_per_cell).toBe(perCell)
            if (by === 'health') expect(heatmap?.cells[cell]).toBe(String(healthOf(fleet, shown, now_ms)))
          }
          const { heatmap, cell_agent } = bodyOf(
            fleet,
            { where, heatmap: { by, cells }, cell: cells },
            now_ms,
          )
          expect(heatmap?.cells.length).toBe(Math.ceil(matches.length / perCell))
          expect(heatmap?.cells).toMatch(/^[0-8]*$/)
          expect(cell_agent).toBeNull()
        },
      ),
    )
  })

  test('no cell moves while agents only join', () => {
    const events = simple(100, (i) => ({ status: i % 3 === 0 ? 'done' : 'running' }))
    const at = (count: number): string =>
      bodyOf(fleetOf(events.slice(0, count)), { heatmap: { by: 'health', cells: 50 } }, start_ms + 150_000)
        .heatmap?.cells ?? ''
    for (let count = 51; count < 100; count++)
      expect(at(count + 1).startsWith(at(count).slice(0, -1))).toBe(true)
  })

  test.each([
    ['rate', 0, '4'],
    ['rate', 60_000, '0'],
    ['errors', 0, '2'],
    ['seen', 0, '8'],
    ['seen', 45_000, '4'],
    ['seen', 7_200_000, '0'],
  ] as const)('the level of %s after %i ms is %s on a scale that never moves', (by, after_ms, level) => {
    const events = simple(4, () => ({ agent_id: 'a', status: 'error', received_at_ms: start_ms }))
    const { heatmap } = bodyOf(fleetOf(events), { heatmap: { by, cells: 10 } }, start_ms + after_ms)
    expect(heatmap).toEqual({ by, agents_per_cell: 1, cells: level })
  })
})

/** Frames of one view while the events come, some at a time. */
function follow(events: FleetEvent[], cuts: number[], wanted: FleetQuery): FleetBody[] {
  const fleet = makeFleet(1)
  const bodies: FleetBody[] = []
  let shown: Shown = nothingShown
  const frame = (): void => {
    const now_ms = Math.max(start_ms, fleet.received_at_ms)
    const next = toFleetBody(fleet, wanted, orderFleet(fleet, wanted, now_ms), shown, now_ms, noLag)
    bodies.push(next.body)
    shown = next.shown
  }
  frame()
  for (const [i, event] of events.entries()) {
    fold(fleet, event)
    if (cuts.includes(i)) frame()
  }
  frame()
  return bodies
}

test('over the frames of a view every agent that was heard is among the changed, or counted', () => {
  fc.assert(
    fc.property(
      histories(),
      fc.array(fc.nat(200)),
      fc.integer({ min: 1, max: 4 }),
      (events, cuts, changed) => {
        const fleet = makeFleet(1)
        let before = 0
        const wanted = query({ changed, columns: ['agent', 'last_seq'] })
        for (const { seq, changed: rows, changed_skipped } of follow(events, cuts, wanted)) {
          const heard = new Map<string, number>()
          for (const event of events.slice(before, seq)) {
            if (fold(fleet, event) !== undefined) heard.set(event.agent_id, event.seq)
          }
          before = seq
          const newestLast = [...heard].sort((a, b) => a[1] - b[1])
          expect(rows).toEqual(newestLast.slice(-changed))
          expect(changed_skipped).toBe(Math.max(0, heard.size - changed))
        }
      },
    ),
  )
})

test('only agents that match count as changed, and none before the first frame', () => {
  const fleet = fleetOf(simple(3))
  const wanted = query({ changed: 10, where: 'status:idle', columns: ['agent'] })
  const window = orderFleet(fleet, wanted, start_ms)
  const first = toFleetBody(fleet, wanted, window, nothingShown, start_ms, noLag)
  expect(first.body.changed).toEqual([])
  fold(fleet, { ...(simple(4)[3] as FleetEvent), agent_id: 'agent-1', status: 'idle' })
  fold(fleet, { ...(simple(5)[4] as FleetEvent), agent_id: 'agent-2' })
  const second = toFleetBody(fleet, wanted, window, first.shown, start_ms, noLag)
  expect(second.body).toMatchObject({ changed: [['agent-1']], changed_skipped: 0 })
  expect(bodyOf(fleet, {}, start_ms).changed).toBeNull()
})

test('a frame has the events since the frame before, and counts what it leaves out', () => {
  fc.assert(
    fc.property(
      histories(),
      fc.array(fc.nat(200)),
      fc.integer({ min: 1, max: 5 }),
      (events, cuts, newest) => {
        const bodies = follow(events, cuts, query({ newest }))
        const total = bodies.reduce((sum, body) => sum + body.newest.length + body.skipped, 0)
        expect(total).toBe(fleetOf(events).events)
        const seqs = bodies.flatMap((body) => body.newest.map(({ seq }) => seq))
        expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
        for (const body of bodies) if (body.skipped > 0) expect(body.newest.length).toBe(newest)
      },
    ),
  )
})

test('more events than the ring holds are skipped and counted', () => {
  const fleet = fleetOf(simple(1))
  const wanted = query({ newest: 200 })
  const frame = (shown: Shown) =>
    toFleetBody(fleet, wanted, { members: [], matched: 0 }, shown, start_ms, noLag)
  const first = frame(nothingShown)
  for (const event of simple(1_000).slice(1)) fold(fleet, event)
  const { body } = frame(first.shown)
  expect(body.newest.length).toBe(200)
  expect(body.skipped).toBe(799)
  expect(body.newest.at(-1)?.seq).toBe(1_000)
})

describe('a picture that moves on', () => {
  const asked = [
    { sort: 'health', where: 'health:late', heatmap: { by: 'health', cells: 3 } },
    { sort: 'rate', where: 'meta.words>4 idle<100', group: 'meta.words' },
    { needs: true, group: 'role', columns: ['agent', 'meta.words'] },
    { where: 'status:running', changed: 5 },
  ].map(query)

  const bodies = (picture: Picture, fleet: Fleet): FleetBody[] =>
    asked.map((wanted) => {
      const window = orderFleet(fleet, wanted, picture.now_ms)
      return toBody(picture, wanted, window, nothingShown, noLag).body
    })

  test('shows what a new one would', () => {
    fc.assert(
      fc.property(histories(), fc.array(fc.nat(200)), (events, cuts) => {
        const fleet = makeFleet(1)
        const picture = makePicture(fleet)
        let now_ms = start_ms
        for (const [i, event] of events.entries()) {
          fold(fleet, event)
          now_ms = Math.max(now_ms, event.received_at_ms)
          if (!cuts.includes(i)) continue
          movePicture(picture, now_ms)
          expect(bodies(picture, fleet)).toEqual(bodies(pictureAt(fleet, now_ms), fleet))
        }
      }),
    )
  })

  test('in slices comes to the same once all agents had their turn', () => {
    fc.assert(
      fc.property(histories(), fc.integer({ min: 1, max: 3 }), (events, slice) => {
        const fleet = fleetOf(events)
        const picture = makePicture(fleet)
        const now_ms = momentOf(events, 30_000)
        for (let moment = 0; moment < 20; moment++) {
          movePicture(picture, now_ms, slice)
          for (const wanted of asked) preparePicture(picture, wanted)
        }
        expect(asked.every((wanted) => preparePicture(picture, wanted))).toBe(true)
        expect(bodies(picture, fleet)).toEqual(bodies(pictureAt(fleet, now_ms), fleet))
      }),
    )
  })

  test('is not ready before every agent was asked', () => {
    const fleet = fleetOf(simple(10))
    const picture = makePicture(fleet)
    const wanted = query({ where: 'status:running' })
    const ready = [0, 1, 2].map(() => {
      movePicture(picture, start_ms, 4)
      return preparePicture(picture, wanted)
    })
    expect(ready).toEqual([false, false, true])
    expect(preparePicture(picture, query({}))).toBe(true)
  })
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
  { newest_where: 'health:late' },
  { reverse: 'yes' },
  { group: 'agent' },
  { group: 'meta.' },
  { heatmap: { by: 'colour', cells: 9 } },
  { heatmap: { by: 'health', cells: 0 } },
  { changed: 1_001 },
  null,
  'fleet',
])('a query that makes no sense is refused: %j', (input) => {
  expect(parseFleetQuery(input).ok).toBe(false)
})
