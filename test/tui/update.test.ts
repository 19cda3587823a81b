import { expect, test } from 'vitest'
import type { Message, Model } from '../../src/tui/model.ts'
import { pictureOf } from '../../src/tui/model.ts'
import { viewNames } from '../../src/tui/views.ts'
import { makeFrame, newest, row, start_ms } from './frames.ts'
import { after, click, key, lineOf, onView, screenOf, startModel } from './operate.ts'

const names = Array.from({ length: 20 }, (_, i) => `agent-${String(i + 1).padStart(2, '0')}`)
const frame = (changes = {}): Message => ({
  type: 'frame',
  frame: makeFrame(
    names.map((name) => row(name)),
    changes,
  ),
})
const start = (...messages: Message[]): Model => after(startModel(), frame(), ...messages).model

test.each(viewNames.map((name, i) => [String(i + 1), name]))('%s opens %s', (digit, name) => {
  expect(after(startModel(onView(name === 'fleet' ? 'feed' : 'fleet')), key(digit)).model.place.view).toBe(
    name,
  )
})

test('esc goes back through the places, one by one', () => {
  let model = start(key('4'), key('5'), key('5'))
  expect(model.place.view).toBe('services')
  model = after(model, key('escape')).model
  expect(model.place.view).toBe('attention')
  model = after(model, key('escape')).model
  expect(model.place.view).toBe('fleet')
  expect(after(model, key('escape')).model.place.view).toBe('fleet')
})

test('the agent view opens on the agent under the cursor', () => {
  const { model } = after(start(), key('down'), key('3'))
  expect(model.place).toMatchObject({ view: 'agent', agent: 'agent-01' })
  expect(lineOf(model, 1)).toContain('fleet › agent-01')
})

test('rows that another view asked for are gone with it: a key that comes too early chooses none of them', () => {
  const { model } = after(start(), key('4'))
  expect(pictureOf(model)?.frame).toMatchObject({ rows: [], heatmap: null, matched: 20 })
  expect(pictureOf(after(model, key('escape')).model)?.frame.rows).toEqual([])
  expect(pictureOf(after(start(), key('/'), key('enter')).model)?.frame.rows).toHaveLength(20)
})

test('pause holds the picture; events go on being counted behind it', () => {
  const model = start(key('p'), frame({ seq: 2, skipped: 7 }))
  expect(pictureOf(model)?.frame.seq).toBe(100)
  expect(model.live?.frame.seq).toBe(2)
  const resumed = after(model, key('p')).model
  expect(pictureOf(resumed)).toMatchObject({ frame: { seq: 2 }, skipped: 7 })
})

test('something else is looked at while paused: it comes, and is held in its turn', () => {
  const model = start(key('p'), key('4'), frame({ seq: 2 }))
  expect(pictureOf(model)?.frame.seq).toBe(2)
  const later = after({ ...model, now_ms: model.now_ms + 1_000 }, frame({ seq: 3 })).model
  expect(pictureOf(later)?.frame.seq).toBe(2)
})

test.each([
  ['q', 'quit'],
  ['ctrl-c', 'quit'],
  ['ctrl-z', 'suspend'],
])('%s means %s', (name, effect) => {
  expect(after(start(), key(name)).effects).toEqual([{ type: effect }])
})

test('the help says what each key does, and any key closes it', () => {
  const { model } = after(start(), key('?'))
  for (const says of ['IN FLEET', 'EVERYWHERE', 'hold the picture still', 'meta.<key>', 'unhealthy'])
    expect(screenOf({ ...model, columns: 160, rows: 50 })).toContain(says)
  for (const name of ['escape', 'x', '?', '1']) expect(after(model, key(name)).model.help).toBeNull()
  expect(after(model, key('ctrl-c')).effects).toEqual([{ type: 'quit' }])
})

test('a help that is longer than the screen is scrolled', () => {
  const { model } = after(startModel({ columns: 80, rows: 24 }), frame(), key('?'))
  expect(screenOf(model)).toContain('↓ more')
  const pages = Array.from({ length: 9 }, () => key('pagedown'))
  const down = after(model, ...pages).model
  expect(screenOf(down)).not.toBe(screenOf(model))
  expect(screenOf(down)).toContain('gaps')
  expect(screenOf(after(down, ...pages.map(() => key('pageup'))).model)).toBe(screenOf(model))
})

test('marked agents are copied together, else the selected one, and the notice says what', () => {
  const one = after(start(), key('down'), key('y'))
  expect(one.effects).toContainEqual({ type: 'copy', text: 'agent-01' })
  expect(lineOf(one.model, -1)).toContain('copied agent-01')
  const two = after(start(), key('down'), key('space'), key('down'), key('space'), key('y'))
  expect(two.effects).toContainEqual({ type: 'copy', text: 'agent-01\nagent-02' })
  expect(lineOf(two.model, -1)).toContain('copied 2 ids')
  expect(lineOf(two.model, 1)).toContain('2 marked')
  expect(after(two.model, key('U')).model.marks.size).toBe(0)
})

test('a notice goes after four seconds, and the keys are back', () => {
  const { model } = after(start(), key('y'))
  expect(lineOf(model, -1)).toContain('nothing is selected')
  expect(lineOf({ ...model, now_ms: model.now_ms + 4_000 }, -1)).toContain('help')
})

test('T goes round the themes and remembers; without colour it says why it does not', () => {
  const { model, effects } = after(start(), key('T'))
  expect(effects).toMatchObject([{ type: 'remember', memory: { theme: 'light' } }])
  expect(after(model, key('T'), key('T'), key('T')).model.memory.theme).toBe('dark')
  const without = after(startModel({ color: false }), key('T'))
  expect(without.effects).toEqual([])
  expect(lineOf(without.model, -1)).toContain('NO_COLOR')
})

test('m switches the mouse and remembers', () => {
  const { effects } = after(start(), key('m'))
  expect(effects).toMatchObject([
    { type: 'remember', memory: { mouse: false } },
    { type: 'mouse', on: false },
  ])
})

test('a click on a tab opens its view, at every width', () => {
  for (const columns of [60, 80, 100, 140]) {
    const model = after(startModel({ columns, rows: 30 }), frame()).model
    const column = lineOf(model, 1).indexOf(' 4')
    expect(after(model, click(1, column)).model.place.view).toBe('attention')
  }
})

test('a click below is told to the view in its own rows; the wheel too', () => {
  const row_of = (model: Model): number =>
    screenOf(model)
      .split('\n')
      .findIndex((line) => line.includes('agent-03'))
  const model = start()
  expect(lineOf(after(model, click(row_of(model), 10)).model, row_of(model))).toMatch(/^▌ agent-03/)
})

test('a click while a line is typed does nothing', () => {
  const { model } = after(start(), key('/'), click(1, 40))
  expect(model.place.view).toBe('fleet')
})

test('an escape and a key that came together are both', () => {
  const { model } = after(start(), key('?'), key('alt-:'))
  expect(model).toMatchObject({ help: null, prompt: { name: 'command' } })
  expect(after(model, key('x'), key('alt-b')).model.prompt).toMatchObject({ text: 'x', cursor: 0 })
  expect(after(model, key('alt-4')).model).toMatchObject({ prompt: null, place: { view: 'attention' } })
})

test('keys without a meaning change nothing', () => {
  const model = start()
  const { model: same, effects } = after(model, key('ctrl-q'), key('f1'), key('insert'))
  expect({ ...same, now_ms: 0 }).toEqual({ ...model, now_ms: 0 })
  expect(effects).toEqual([])
})

test('what adds up over frames adds up: newest events, skipped and coalesced frames, the history', () => {
  const from_s = start_ms / 1_000
  const { model } = after(
    startModel(),
    frame({ newest: [newest(1), newest(2)], seconds: { from_s, counts: [5, 6] } }),
    frame({ newest: [newest(5)], skipped: 2, coalesced: 3, seconds: { from_s: from_s + 2, counts: [7] } }),
  )
  expect(model.live?.newest.map(({ seq }) => seq)).toEqual([5, 2, 1])
  expect(model.live).toMatchObject({
    skipped: 2,
    coalesced: 3,
    history: { until_s: from_s + 3, counts: [5, 6, 7] },
  })
})

test('the first frame after a reconnect repeats events and seconds that are not shown twice', () => {
  const from_s = start_ms / 1_000
  const { model } = after(
    startModel(),
    frame({ newest: [newest(1), newest(2)], seconds: { from_s, counts: [5, 6] } }),
    { type: 'lost', reason: 'x' },
    frame({ view: 'w', newest: [newest(2), newest(3)], seconds: { from_s: from_s + 1, counts: [6, 0, 8] } }),
  )
  expect(model.live?.newest.map(({ seq }) => seq)).toEqual([3, 2, 1])
  expect(model.live?.history.counts).toEqual([5, 6, 0, 8])
})

test('seconds that nobody told us about count as empty', () => {
  const from_s = start_ms / 1_000
  const { model } = after(
    startModel(),
    frame({ seconds: { from_s, counts: [5] } }),
    frame({ seconds: { from_s: from_s + 4, counts: [9] } }),
  )
  expect(model.live?.history.counts).toEqual([5, 0, 0, 0, 9])
})

test('a lost link keeps the moment at which it was lost', () => {
  const model = start({ type: 'lost', reason: 'a' })
  const later = after(model, { type: 'tick', wall_ms: 0 }, { type: 'lost', reason: 'b' }).model
  expect(later.link).toEqual({ name: 'lost', reason: 'b', since_ms: model.now_ms })
  expect(after(later, { type: 'live' }).model.link).toEqual({ name: 'live' })
})

test('no list grows without end', () => {
  let model = startModel()
  for (let n = 0; n < 400; n++) {
    const events = Array.from({ length: 20 }, (_, i) => newest(n * 20 + i + 1))
    const seconds = { from_s: start_ms / 1_000 + n, counts: [n] }
    model = after(model, frame({ newest: events, seconds }), key(String((n % 6) + 1))).model
  }
  expect(model.live?.newest.length).toBeLessThanOrEqual(200)
  expect(model.live?.history.counts.length).toBe(300)
  expect(model.trail.length).toBeLessThanOrEqual(50)
})
