import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type EventWatches, holdWatch, releaseWatch, watchEvent } from '../../src/core/event-watch.ts'
import { fold, makeFleet } from '../../src/core/fleet.ts'
import { makePicture, movePicture } from '../../src/core/fleet-picture.ts'
import { newestSince } from '../../src/core/newest-rows.ts'
import { histories, start_ms } from './histories.ts'

const tests: Record<
  string,
  (event: { status: string; kind: string; metadata: string; agent_id: string }) => boolean
> = {
  'status:error': ({ status }) => status === 'error',
  'kind:log agent:agent-1': ({ kind, agent_id }) => kind === 'log' && agent_id === 'agent-1',
  'meta.words>4': ({ metadata }) => JSON.parse(metadata).words > 4,
  'task:plan': ({ metadata }) => JSON.parse(metadata).task === 'plan',
}

test('over the frames of a view each event that matches is shown or counted, and no other', () => {
  fc.assert(
    fc.property(
      histories(),
      fc.array(fc.nat(200)),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(...Object.keys(tests)),
      (events, cuts, limit, where) => {
        const fleet = makeFleet(1)
        const picture = makePicture(fleet)
        const watches: EventWatches = new Map()
        holdWatch(watches, where, fleet.newest)
        const newest = watches.get(where)?.newest ?? fleet.newest
        let pushed = 0
        let expected: number[] = []
        for (const [i, event] of events.entries()) {
          const { events: folded } = fleet
          fold(fleet, event)
          if (fleet.events > folded) {
            watchEvent(watches, event)
            if (tests[where]?.(event)) expected.push(event.seq)
          }
          if (!cuts.includes(i)) continue
          movePicture(picture, start_ms)
          const { rows, skipped } = newestSince(picture, newest, pushed, limit)
          expect(rows.map(({ seq }) => seq)).toEqual(expected.slice(-limit))
          expect(skipped).toBe(Math.max(0, expected.length - limit))
          pushed = newest.pushed
          expected = []
        }
      },
    ),
  )
})

test('a watch lives as long as somebody holds it', () => {
  const watches: EventWatches = new Map()
  const { newest } = makeFleet()
  holdWatch(watches, 'status:error', newest)
  holdWatch(watches, 'status:error', newest)
  holdWatch(watches, 'no"expression', newest)
  expect([...watches.keys()]).toEqual(['status:error'])
  releaseWatch(watches, 'status:error')
  expect(watches.size).toBe(1)
  releaseWatch(watches, 'status:error')
  expect(watches.size).toBe(0)
})
