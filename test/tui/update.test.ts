import { expect, test } from 'vitest'
import { toLayout } from '../../src/tui/layout.ts'
import { type Message, type Model, makeModel, pictureOf } from '../../src/tui/model.ts'
import { toQuery, update } from '../../src/tui/update.ts'
import { makeFrame, newest, row, start_ms } from './frames.ts'

const size = { columns: 120, rows: 30 }
const names = Array.from({ length: 20 }, (_, i) => `agent-${String(i + 1).padStart(2, '0')}`)
const height = toLayout(size.rows).agents

/** The model after these messages, and the effects of the last. */
function after(messages: Message[], model: Model = makeModel(size, 0)) {
  let effects: ReturnType<typeof update>[1] = []
  for (const message of messages) [model, effects] = update(model, message, model.now_ms + 10)
  return { model, effects }
}

const key = (name: string): Message => ({ type: 'key', key: name })
const frame = (changes = {}): Message => ({
  type: 'frame',
  frame: makeFrame(
    names.map((name) => row(name)),
    changes,
  ),
})

test('the selection stays with its agent when the order changes', () => {
  const { model } = after([frame(), key('down'), key('down')])
  expect(model.selected).toBe('agent-02')
  const moved = names.toReversed().map((name) => row(name))
  const next = after([{ type: 'frame', frame: makeFrame(moved) }, key('down')], model)
  expect(next.model.selected).toBe('agent-01')
})

test('moving beyond the last row scrolls, and the selected agent is asked for wherever it is', () => {
  const { model, effects } = after([frame(), ...Array.from({ length: height + 1 }, () => key('down'))])
  expect(model.selected).toBe(names[height])
  expect(model.offset).toBe(1)
  expect(effects).toEqual([{ type: 'query', query: toQuery(model) }])
  expect(toQuery(model)).toMatchObject({ offset: 0, limit: height + 2, pin: names[height] })
})

test('up from nothing selects the last visible row; beyond the first there is nothing', () => {
  expect(after([frame(), key('up')]).model.selected).toBe(names[height - 1])
  expect(after([frame(), key('down'), key('up'), key('up')]).model.selected).toBe('agent-01')
})

test('pages stay within what matches', () => {
  const { model } = after([frame({ matched: 40 }), key('pagedown')])
  expect(model.offset).toBe(height)
  expect(after([key('pagedown'), key('pagedown'), key('pagedown')], model).model.offset).toBe(40 - height)
  expect(after([key('G')], model).model.offset).toBe(40 - height)
  expect(after([key('g')], model).model.offset).toBe(0)
})

test('pause holds the picture; events go on being counted behind it', () => {
  const { model } = after([frame({ seq: 1 }), key('p'), frame({ seq: 2, skipped: 7 })])
  expect(pictureOf(model)?.frame.seq).toBe(1)
  expect(model.live?.frame.seq).toBe(2)
  const resumed = after([key('p')], model).model
  expect(pictureOf(resumed)).toMatchObject({ frame: { seq: 2 }, skipped: 7 })
})

test('s goes round the orders, from the top', () => {
  let model = after([frame(), key('pagedown')]).model
  const seen = [model.sort]
  for (let i = 0; i < 6; i++) {
    const step = after([key('s')], model)
    model = step.model
    seen.push(model.sort)
    expect(step.effects).toMatchObject([{ type: 'query', query: { sort: model.sort, offset: 0 } }])
  }
  expect(seen).toEqual(['seen', 'idle', 'rate', 'errors', 'events', 'agent', 'seen'])
})

test.each([
  ['q', 'quit'],
  ['ctrl-c', 'quit'],
  ['ctrl-z', 'suspend'],
])('%s means %s', (name, effect) => {
  expect(after([key(name)]).effects).toEqual([{ type: effect }])
})

test('escape closes the help first, and then selects nothing', () => {
  const { model } = after([frame(), key('down'), key('?'), key('escape')])
  expect(model).toMatchObject({ help: false, selected: 'agent-01' })
  expect(after([key('escape')], model).model.selected).toBeNull()
})

test('keys without a meaning change nothing', () => {
  const { model } = after([frame()])
  const { model: same, effects } = after([key('x'), key('ctrl-q'), key('')], model)
  expect({ ...same, now_ms: 0 }).toEqual({ ...model, now_ms: 0 })
  expect(effects).toEqual([])
})

test('what adds up over frames adds up: newest events, skipped and coalesced frames, the history', () => {
  const from_s = start_ms / 1_000
  const { model } = after([
    frame({ newest: [newest(1), newest(2)], seconds: { from_s, counts: [5, 6] } }),
    frame({ newest: [newest(5)], skipped: 2, coalesced: 3, seconds: { from_s: from_s + 2, counts: [7] } }),
  ])
  expect(model.live?.newest.map(({ seq }) => seq)).toEqual([5, 2, 1])
  expect(model.live).toMatchObject({
    skipped: 2,
    coalesced: 3,
    history: { until_s: from_s + 3, counts: [5, 6, 7] },
  })
})

test('the first frame after a reconnect repeats events and seconds that are not shown twice', () => {
  const from_s = start_ms / 1_000
  const { model } = after([
    frame({ newest: [newest(1), newest(2)], seconds: { from_s, counts: [5, 6] } }),
    { type: 'lost', reason: 'x' },
    frame({ view: 'w', newest: [newest(2), newest(3)], seconds: { from_s: from_s + 1, counts: [6, 0, 8] } }),
  ])
  expect(model.live?.newest.map(({ seq }) => seq)).toEqual([3, 2, 1])
  expect(model.live?.history.counts).toEqual([5, 6, 0, 8])
})

test('seconds that nobody told us about count as empty', () => {
  const from_s = start_ms / 1_000
  const { model } = after([
    frame({ seconds: { from_s, counts: [5] } }),
    frame({ seconds: { from_s: from_s + 4, counts: [9] } }),
  ])
  expect(model.live?.history.counts).toEqual([5, 0, 0, 0, 9])
})

test('a lost link keeps the moment at which it was lost', () => {
  const { model } = after([frame(), { type: 'lost', reason: 'a' }])
  const later = after([{ type: 'tick' }, { type: 'lost', reason: 'b' }], model).model
  expect(later.link).toEqual({ name: 'lost', reason: 'b', since_ms: model.now_ms })
  expect(after([{ type: 'live' }], later).model.link).toEqual({ name: 'live' })
})

test('no list grows without end', () => {
  let model = makeModel(size, 0)
  for (let n = 0; n < 1_000; n++) {
    const events = Array.from({ length: 20 }, (_, i) => newest(n * 20 + i + 1))
    const seconds = { from_s: start_ms / 1_000 + n, counts: [n] }
    model = after([frame({ newest: events, seconds })], model).model
  }
  expect(model.live?.newest.length).toBe(200)
  expect(model.live?.history.counts.length).toBe(300)
})
