import { beforeEach, expect, test } from 'vitest'
import { type Fleet, fold, makeFleet } from '../../../src/core/fleet.ts'
import type { FleetFrame, ViewMessage } from '../../../src/core/view.ts'
import { parseFleetQuery } from '../../../src/core/view-query.ts'
import {
  confirmFrame,
  makeViews,
  openView,
  tickViews,
  updateView,
  type Views,
} from '../../../src/daemon/aggregator/views.ts'

const start_ms = 1_782_475_200_000

let fleet: Fleet
let views: Views
let sent: ViewMessage[]
let clock_ms: number
let seq: number

beforeEach(() => {
  fleet = makeFleet()
  views = makeViews()
  sent = []
  clock_ms = 0
  seq = 0
})

function event(agent = 'a', status = 'running'): void {
  seq++
  const received_at_ms = start_ms + clock_ms
  fold(fleet, { seq, agent_id: agent, kind: 'state', status, received_at_ms, metadata: '{}' })
}

/** Time goes on by a tenth of a second; gives the messages that went out. */
function tick(ms = 100): ViewMessage[] {
  clock_ms += ms
  sent = []
  const moment = { monotonic_ms: clock_ms, wall_ms: start_ms + clock_ms, lag: { events: 0, ms: 0 } }
  tickViews(views, fleet, moment, (_, message) => sent.push(message))
  return sent
}

const open = (id: string, input: object = {}): void => {
  const query = parseFleetQuery(input)
  if (query.ok) openView(views, id, `_INBOX.${id}`, query.value, clock_ms)
}

const frame = (message: ViewMessage | undefined): FleetFrame => {
  if (message?.type !== 'frame') throw new Error(`no frame but ${message?.type}`)
  return message
}

const agents = (message: ViewMessage | undefined): unknown[] => frame(message).rows.map(([agent]) => agent)

test('a view gets a frame for each change that it confirms', () => {
  open('v')
  for (let n = 1; n <= 5; n++) {
    event()
    const [message, ...more] = tick()
    expect(more).toEqual([])
    expect(frame(message)).toMatchObject({ view: 'v', frame: n, seq: n, coalesced: 0 })
    confirmFrame(views, 'v', n)
  }
})

test('nothing is sent when nothing changed, but a sign of life each second', () => {
  event()
  open('v')
  tick(100_000)
  confirmFrame(views, 'v', 1)
  for (let i = 0; i < 9; i++) expect(tick()).toEqual([])
  expect(tick()).toMatchObject([{ type: 'quiet', frame: 2 }])
})

test('while rates still fall, a frame each second shows it', () => {
  event()
  open('v')
  tick()
  confirmFrame(views, 'v', 1)
  for (let i = 0; i < 9; i++) expect(tick()).toEqual([])
  expect(frame(tick()[0]).frame).toBe(2)
})

test('an unconfirmed view gets nothing more; what it missed is counted in its next frame', () => {
  open('v')
  event()
  tick()
  for (let i = 0; i < 7; i++) {
    event()
    expect(tick()).toEqual([])
  }
  expect(views.coalesced_total).toBe(7)
  confirmFrame(views, 'v', 1)
  expect(frame(tick()[0])).toMatchObject({ frame: 2, coalesced: 7, seq: 8 })
  confirmFrame(views, 'v', 2)
  event()
  expect(frame(tick()[0])).toMatchObject({ frame: 3, coalesced: 0 })
})

test('only the number of the open frame confirms', () => {
  open('v')
  event()
  tick()
  for (const wrong of [0, 2, -1, Number.NaN]) confirmFrame(views, 'v', wrong)
  confirmFrame(views, 'nobody', 1)
  event()
  expect(tick()).toEqual([])
  confirmFrame(views, 'v', 1)
  expect(frame(tick()[0]).frame).toBe(2)
})

test('a view that does not confirm for five seconds is closed, and told why', () => {
  open('v')
  event()
  tick()
  for (let i = 0; i < 50; i++) expect(tick()).toEqual([])
  expect(tick()).toEqual([
    { schema: 'beacon.view.frame.v1', type: 'closed', view: 'v', reason: 'no confirmation for 5 s' },
  ])
  expect(views.open.size).toBe(0)
  expect(tick()).toEqual([])
})

test('one stalled viewer costs the nineteen others nothing', () => {
  for (let i = 0; i < 20; i++) open(`v${i}`)
  for (let n = 1; n <= 40; n++) {
    event()
    const messages = tick()
    expect(messages.length).toBe(n === 1 ? 20 : 19)
    for (const message of messages) {
      expect(frame(message)).toMatchObject({ frame: n, seq: n, coalesced: 0 })
      if (message.view !== 'v7') confirmFrame(views, message.view, n)
    }
  }
  expect(views.coalesced_total).toBe(39)
})

test('a changed query shows in the very next frame, though nothing happened', () => {
  for (const name of ['a', 'b', 'c', 'd']) event(name)
  open('v', { sort: 'agent', limit: 2 })
  expect(agents(tick()[0])).toEqual(['a', 'b'])
  confirmFrame(views, 'v', 1)
  const next = parseFleetQuery({ sort: 'agent', offset: 2, limit: 2, pin: 'a' })
  expect(next.ok && updateView(views, 'v', next.value)).toBe(true)
  const message = tick()[0]
  expect(agents(message)).toEqual(['c', 'd'])
  expect(frame(message).pinned?.[0]).toBe('a')
  expect(next.ok && updateView(views, 'nobody', next.value)).toBe(false)
})

test('the order of the rows holds for a second while their values change', () => {
  event('a')
  tick()
  event('b')
  open('v', { columns: ['agent', 'status'], order_ms: 1_000 })
  expect(frame(tick()[0]).rows).toEqual([
    ['b', 'running'],
    ['a', 'running'],
  ])
  confirmFrame(views, 'v', 1)
  event('a', 'waiting')
  expect(frame(tick()[0]).rows).toEqual([
    ['b', 'running'],
    ['a', 'waiting'],
  ])
  confirmFrame(views, 'v', 2)
  event('a', 'idle')
  expect(agents(tick(1_000)[0])).toEqual(['a', 'b'])
})
