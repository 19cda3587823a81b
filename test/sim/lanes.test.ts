import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Group, makeLanes } from '../../src/sim/lanes.ts'
import type { SimEvent } from '../../src/sim/scenario.ts'

const event = (agent: number, n: number, due_ms = n, body = 'x'): SimEvent => ({
  agent,
  agent_seq: n,
  body,
  due_ms,
})
const options = { lanes: 4, batch: 3, bytes_max: 1_000, linger_ms: 0 }
const numbers = (group: Group | undefined) => group?.events.map((each) => `${each.agent}:${each.agent_seq}`)

describe('lanes', () => {
  test('a lane with a request in flight sends nothing more until it is released', () => {
    const lanes = makeLanes(options)
    lanes.push(event(0, 1))
    const group = lanes.take(10)
    lanes.push(event(0, 2))
    lanes.push(event(4, 1))
    expect(lanes.take(10)).toBeUndefined()
    lanes.release(group as Group)
    expect(numbers(lanes.take(10))).toEqual(['0:2', '4:1'])
  })

  test('a request lingers until it is full or its oldest event has waited', () => {
    const lanes = makeLanes({ ...options, linger_ms: 5 })
    lanes.push(event(0, 1, 10))
    lanes.push(event(1, 1, 11))
    expect(lanes.take(14)).toBeUndefined()
    expect(lanes.lingersUntilMs()).toBe(15)
    lanes.push(event(2, 1, 12))
    expect(numbers(lanes.take(14))).toEqual(['0:1', '1:1', '2:1'])
    lanes.push(event(3, 1, 13))
    expect(numbers(lanes.take(18))).toEqual(['3:1'])
  })

  test('huge events share a request only up to its bytes; one that is larger goes alone', () => {
    const lanes = makeLanes({ ...options, lanes: 1 })
    for (const [n, size] of [600, 600, 2_000, 10].entries()) lanes.push(event(0, n + 1, 0, 'x'.repeat(size)))
    const sent: unknown[] = []
    for (let group = lanes.take(1); group; group = lanes.take(1)) {
      sent.push(numbers(group))
      lanes.release(group)
    }
    expect(sent).toEqual([['0:1'], ['0:2'], ['0:3'], ['0:4']])
  })

  test('whatever is answered when: each event is taken once, in order per agent, and never two requests of a lane fly', () => {
    const step = fc.oneof(
      fc.record({ push: fc.nat(9), wrong: fc.boolean() }),
      fc.constant('take' as const),
      fc.record({ release: fc.nat() }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const lanes = makeLanes(options)
        const pushed = new Map<number, number>()
        const taken = new Map<number, number>()
        const flying: Group[] = []
        let waiting = 0
        const take = (): boolean => {
          const group = lanes.take(1e9)
          if (!group) return false
          expect(group.events.length).toBeGreaterThan(0)
          expect(group.events.length).toBeLessThanOrEqual(options.batch)
          for (const each of group.events) {
            if (each.wrong?.alone) expect(group.events.length).toBe(1)
            expect(each.agent_seq).toBe((taken.get(each.agent) ?? 0) + 1)
            expect(flying.some((other) => other.events.some((o) => o.agent % 4 === each.agent % 4))).toBe(
              false,
            )
            taken.set(each.agent, each.agent_seq)
          }
          waiting -= group.events.length
          flying.push(group)
          return true
        }
        for (const each of steps) {
          if (each === 'take') take()
          else if ('push' in each) {
            const n = (pushed.get(each.push) ?? 0) + 1
            pushed.set(each.push, n)
            const alone = { name: 'w', statuses: [], alone: { body: () => '', headers: {} } }
            lanes.push(each.wrong ? { ...event(each.push, n), wrong: alone } : event(each.push, n))
            waiting++
          } else if (flying.length > 0)
            lanes.release(flying.splice(each.release % flying.length, 1)[0] as Group)
          expect(lanes.waiting).toBe(waiting)
        }
        do for (const group of flying.splice(0)) lanes.release(group)
        while (take())
        expect(taken).toEqual(pushed)
        expect(lanes.oldestWaitingMs()).toBe(Number.POSITIVE_INFINITY)
      }),
    )
  })
})
