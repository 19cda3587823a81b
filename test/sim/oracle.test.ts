import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Ledger, makeAcknowledged, toLedgerText } from '../../src/sim/ledger.ts'
import { type ArchivedEvent, compareRun, type Finding } from '../../src/sim/oracle.ts'

const ids = ['agent-00001', '__proto__', 'line\nbreak "7"']

/** Numbers per agent in the order of acknowledgement, some of them swapped or left out; and a few in doubt. */
const history = fc
  .array(
    fc.record({
      agent: fc.nat(ids.length - 1),
      fate: fc.constantFrom('plain', 'plain', 'plain', 'swapped', 'doubt'),
    }),
    { minLength: 3, maxLength: 60 },
  )
  .map((steps) => {
    const next = [1, 1, 1]
    const order: { agent: number; n: number; doubt: boolean }[] = []
    for (const { agent, fate } of steps) {
      const n = next[agent] as number
      if (fate === 'swapped') {
        order.push({ agent, n: n + 1, doubt: false }, { agent, n, doubt: false })
        next[agent] = n + 2
      } else {
        order.push({ agent, n, doubt: fate === 'doubt' })
        next[agent] = n + 1
      }
    }
    return order
  })

function toRun(order: { agent: number; n: number; doubt: boolean }[], finished: string | null = 'now') {
  const acknowledged = makeAcknowledged(ids.length)
  const unresolved = new Map<number, number[]>()
  for (const { agent, n, doubt } of order) {
    if (doubt) unresolved.set(agent, [...(unresolved.get(agent) ?? []), n])
    else acknowledged.record(agent, n)
  }
  const head = { run: 'r', seed: 1, scenario: 'swarm', started: 'then', finished }
  const ledger = JSON.parse([...toLedgerText(head, ids, acknowledged, unresolved)].join('')) as Ledger
  const archive = order.map(({ agent, n }, i) => ({
    agent_id: ids[agent] as string,
    agent_seq: n,
    seq: i + 1,
  }))
  return { ledger, archive, sure: order.flatMap(({ doubt }, i) => (doubt ? [] : [i])) }
}

const kinds = (ledger: Ledger, archive: Iterable<ArchivedEvent>): Finding['kind'][] =>
  compareRun(ledger, archive).findings.map((finding) => finding.kind)

describe('the oracle', () => {
  test('a right archive is clean, with any part of what is in doubt, and however agents interleave', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.boolean()), (order, keep) => {
        const { ledger, archive } = toRun(order)
        const kept = archive.filter((_, i) => !order[i]?.doubt || keep.next().value)
        const byAgent = [...kept].sort((a, b) =>
          a.agent_id < b.agent_id ? -1 : a.agent_id > b.agent_id ? 1 : 0,
        )
        for (const events of [kept, byAgent]) {
          expect(compareRun(ledger, events)).toMatchObject({ ok: true, findings: [], archived: kept.length })
        }
      }),
    )
  })

  test('one event lost', () => {
    fc.assert(
      fc.property(history, fc.nat(), (order, pick) => {
        const { ledger, archive, sure } = toRun(order)
        fc.pre(sure.length > 0)
        const [lost] = archive.splice(sure[pick % sure.length] as number, 1)
        const { findings } = compareRun(ledger, archive)
        expect(findings).toEqual([
          { kind: 'lost', agent_id: lost?.agent_id, agent_seq: lost?.agent_seq, seq: null },
        ])
      }),
    )
  })

  test('one event there twice, anywhere', () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.nat(), (order, pick, place) => {
        const { ledger, archive } = toRun(order)
        const again = { ...(archive[pick % archive.length] as ArchivedEvent), seq: 1000 }
        archive.splice(place % (archive.length + 1), 0, again as (typeof archive)[number])
        expect(kinds(ledger, archive)).toContain('twice')
      }),
    )
  })

  test('two acknowledged events of an agent in the wrong order', () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.nat(), (order, a, b) => {
        const { ledger, archive, sure } = toRun(order)
        const first = archive[sure[a % sure.length] ?? 0]
        const second = archive[sure[b % sure.length] ?? 0]
        fc.pre(sure.length > 0 && first !== undefined && second !== undefined)
        fc.pre(first !== second && first?.agent_id === second?.agent_id)
        const swapped = archive.map((event) => (event === first ? second : event === second ? first : event))
        expect(kinds(ledger, swapped as ArchivedEvent[])).toContain('out_of_order')
      }),
    )
  })

  test('an event that was never sent, in a finished run', () => {
    const strange = fc.constantFrom<ArchivedEvent>(
      { agent_id: 'agent-00001', agent_seq: 9_999, seq: 1 },
      { agent_id: 'nobody', agent_seq: 1, seq: 1 },
      { agent_id: 'constructor', agent_seq: 1, seq: 1 },
      { agent_id: 'agent-00001', seq: 1 },
    )
    fc.assert(
      fc.property(history, strange, (order, event) => {
        const { ledger, archive } = toRun(order)
        expect(kinds(ledger, [event, ...archive])).toEqual(['unknown'])
      }),
    )
  })

  test('a ledger that was cut short knows nothing of what came later', () => {
    fc.assert(
      fc.property(history, fc.nat(), (order, at) => {
        const { ledger } = toRun(order.slice(0, at % order.length), null)
        const { archive } = toRun(order)
        const result = compareRun(ledger, archive)
        expect(result.ok).toBe(true)
        expect(result.after_ledger + result.acknowledged + result.unresolved_stored).toBe(archive.length)
      }),
    )
  })

  test('numbers that were never sent are not missed, and must not be there', () => {
    const { ledger, archive } = toRun([1, 2, 5, 6, 9].map((n) => ({ agent: 0, n, doubt: false })))
    expect(ledger.agents['agent-00001']).toEqual([
      [1, 2],
      [5, 6],
      [9, 9],
    ])
    expect(kinds(ledger, archive)).toEqual([])
    expect(kinds(ledger, [...archive, { agent_id: 'agent-00001', agent_seq: 4, seq: 9 }])).toEqual([
      'unknown',
    ])
  })

  test('a loose number may stand anywhere, but must be there once', () => {
    const { ledger, archive } = toRun([1, 2, 3].map((n) => ({ agent: 0, n, doubt: false })))
    ledger.loose = { 'agent-00001': [2] }
    const [one, two, three] = archive as [ArchivedEvent, ArchivedEvent, ArchivedEvent]
    expect(kinds(ledger, [two, one, three])).toEqual([])
    expect(kinds(ledger, [one, three])).toEqual(['lost'])
    expect(kinds(ledger, [two, one, three, two])).toEqual(['twice'])
    expect(kinds(ledger, [two, three, one])).toEqual(['out_of_order'])
  })
})

describe('the acknowledged numbers', () => {
  test('are kept in the order of acknowledgement, each once', () => {
    const acknowledged = makeAcknowledged(1)
    expect([1, 3, 2, 3, 1, 4, 5, 2].map((n) => acknowledged.record(0, n))).toEqual([
      true,
      true,
      true,
      false,
      false,
      true,
      true,
      false,
    ])
    expect(acknowledged.pairsOf(0)).toEqual([1, 1, 3, 3, 2, 2, 4, 5])
    expect(acknowledged.count).toBe(5)
  })
})
