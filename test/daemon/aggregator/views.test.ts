import { beforeEach, expect, test } from 'vitest'
import type { FeedMessage } from '../../../src/client/event-feed.ts'
import { toEventLine } from '../../../src/core/event-line.ts'
import { type Fleet, fold, makeFleet } from '../../../src/core/fleet.ts'
import { toEventSubject } from '../../../src/core/subjects.ts'
import type { FleetFrame, ViewMessage } from '../../../src/core/view.ts'
import { parseFleetQuery } from '../../../src/core/view-query.ts'
import { foldMessages, makeLivePicture } from '../../../src/daemon/aggregator/live-picture.ts'
import {
  closeView,
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
/** What the views believe to have taken. */
let elapsed_ms: number

beforeEach(() => {
  fleet = makeFleet()
  elapsed_ms = 0
  views = makeViews(makeLivePicture(fleet), () => elapsed_ms)
  sent = []
  clock_ms = 0
  seq = 0
})

function event(agent = 'a', status = 'running'): void {
  seq++
  const received_at_ms = start_ms + clock_ms
  fold(fleet, { seq, agent_id: agent, kind: 'state', status, received_at_ms, metadata: '{}' })
}

/** The same as it comes from the stream. */
function message(agent: string, status: string): FeedMessage {
  seq++
  const at = { id: `id-${seq}`, received_at_ms: start_ms + clock_ms, hlc: '019f0123456a-0000-1234567' }
  const line = toEventLine({ agent_id: agent, status }, at)
  return { seq, subject: toEventSubject(agent, 12), data: Buffer.from(line) }
}

/** Time goes on by a tenth of a second; gives the messages that went out. */
function tick(ms = 100): ViewMessage[] {
  clock_ms += ms
  sent = []
  const lag = { events: 0, ms: 0 }
  const moment = { monotonic_ms: clock_ms, wall_ms: start_ms + clock_ms, lag, cut_off: false, deaf: false }
  tickViews(views, moment, (_, message) => sent.push(message))
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

/** Confirms whatever came, for so many ticks; gives what came. */
function listen(ticks: number): ViewMessage[] {
  return Array.from({ length: ticks }, () => {
    const [message] = tick()
    if (message?.type === 'frame' || message?.type === 'quiet') confirmFrame(views, 'v', message.frame)
    return message
  }).filter((message) => message !== undefined)
}

test('an idle fleet becomes silent: once nothing changes with time any more, only signs of life are sent', () => {
  for (const name of ['a', 'b', 'c']) event(name)
  open('v', { heatmap: { by: 'seen', cells: 10 }, group: 'health', series: true, changed: 10 })
  // Rates fall for a minute, the agents become unhealthy, and after an hour they were last seen long ago.
  listen(40_000)
  const messages = listen(600)
  expect(messages.length).toBe(60)
  expect(new Set(messages.map(({ type }) => type))).toEqual(new Set(['quiet']))
})

test('an agent that becomes late is shown at the very tick, though no event came', () => {
  event('a', 'idle')
  open('v')
  const late = listen(1_000).find((message) => message.type === 'frame' && message.totals.by_health.late > 0)
  expect(frame(late).at_ms).toBe(start_ms + 72_000)
})

test('a verdict that time alone changed is due like an event: a view that does not confirm misses it, and it is counted', () => {
  event('a', 'idle')
  open('v')
  listen(718)
  event('b')
  expect(tick()).toMatchObject([{ type: 'frame', coalesced: 0 }])
  expect(tick()).toEqual([])
  expect(views.coalesced_total).toBe(1)
})

test('frames that take more than their share become rarer, and each view has its turn', () => {
  for (let i = 0; i < 10; i++) open(`v${i}`, { where: `agent:a${i}` })
  const served: string[] = []
  for (let ticks = 0; ticks < 40; ticks++) {
    event()
    clock_ms += 100
    const moment = {
      monotonic_ms: clock_ms,
      wall_ms: start_ms + clock_ms,
      lag: { events: 0, ms: 0 },
      cut_off: false,
      deaf: false,
    }
    tickViews(views, moment, (view) => {
      elapsed_ms += 20
      served.push(view.id)
      confirmFrame(views, view.id, view.frame)
    })
  }
  // Forty ticks are four seconds, and a quarter of these is fifty frames.
  expect(served.length).toBeGreaterThanOrEqual(48)
  expect(served.length).toBeLessThanOrEqual(52)
  expect(new Set(served.slice(0, 10)).size).toBe(10)
  expect(new Set(served.slice(-10)).size).toBe(10)
})

test('views that want the same have their frames in one tick, however long the first took', () => {
  for (let i = 0; i < 10; i++) open(`v${i}`, { limit: i })
  event()
  clock_ms += 100
  const served: string[] = []
  const moment = {
    monotonic_ms: clock_ms,
    wall_ms: start_ms + clock_ms,
    lag: { events: 0, ms: 0 },
    cut_off: false,
    deaf: false,
  }
  tickViews(views, moment, (view) => {
    elapsed_ms += 60
    served.push(view.id)
  })
  expect(served.length).toBe(10)
})

test('the time in which Beacon was stopped accuses nobody', () => {
  event('a', 'idle')
  views = makeViews(makeLivePicture(fleet), () => 0)
  clock_ms = 3_600_000
  open('v')
  expect(frame(tick()[0]).totals.by_health.healthy).toBe(1)
  confirmFrame(views, 'v', 1)
  const late = listen(1_000).find((message) => message.type === 'frame' && message.totals.by_health.late > 0)
  expect(late).toBeDefined()
})

test('while the fold is behind, nobody is accused', () => {
  event('a', 'idle')
  open('v')
  for (let ticks = 0; ticks < 2_000; ticks++) {
    clock_ms += 100
    const lag = { events: 5, ms: 1 }
    tickViews(
      views,
      { monotonic_ms: clock_ms, wall_ms: start_ms + clock_ms, lag, cut_off: false, deaf: false },
      (view, message) => {
        if (message.type === 'frame') expect(message.totals.by_health.healthy).toBe(1)
        confirmFrame(views, view.id, view.frame)
      },
    )
  }
  expect(frame(listen(20).find(({ type }) => type === 'frame')).totals.by_health.healthy).toBe(0)
})

test('the newest events that match are found among all, and those left out are counted', () => {
  open('v', { newest_where: 'status:error', newest: 3 })
  tick()
  confirmFrame(views, 'v', 1)
  const messages = Array.from({ length: 5_000 }, (_, i) =>
    message('a', i % 1_000 === 0 ? 'error' : 'running'),
  )
  foldMessages(views.live, messages, Date.now())
  const { newest, skipped } = frame(tick()[0])
  expect(newest.map(({ seq }) => seq)).toEqual([2_001, 3_001, 4_001])
  expect(skipped).toBe(2)
})

test('other events are shown from what the ring holds, as at first; and nothing is watched for a view that is gone', () => {
  for (const status of ['error', 'idle', 'error']) event('a', status)
  open('v', { newest_where: 'status:error' })
  expect(frame(tick()[0]).newest.map(({ seq }) => seq)).toEqual([1, 3])
  confirmFrame(views, 'v', 1)
  const change = (input: object): void => {
    const query = parseFleetQuery(input)
    if (query.ok) updateView(views, 'v', query.value)
  }
  change({ newest_where: 'status:idle' })
  expect(frame(tick()[0])).toMatchObject({ newest: [{ seq: 2 }], skipped: 0 })
  confirmFrame(views, 'v', 2)
  expect([...views.live.watches.keys()]).toEqual(['status:idle'])
  change({ newest_where: 'status:idle', sort: 'rate' })
  expect(frame(tick()[0]).newest).toEqual([])
  closeView(views, 'v', '', () => {})
  expect(views.live.watches.size).toBe(0)
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
