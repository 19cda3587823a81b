import { expect, test } from 'vitest'
import type { Message, Model, Moment } from '../../src/tui/model.ts'
import { pictureOf } from '../../src/tui/model.ts'
import { toWanted } from '../../src/tui/query.ts'
import { makeFleetAt } from './fake-ports.ts'
import { makeFrame, row, start_ms } from './frames.ts'
import { after, click, key, lineOf, screenOf, startModel, typed } from './operate.ts'

const live: Message = { type: 'frame', frame: makeFrame([row('now-1')]) }
const answer = (target: Moment, at_ms: number, seq: number): Message => ({
  type: 'moment',
  target,
  answer: { ok: true, value: makeFleetAt(at_ms, seq, ['then-1']) },
})
/** The time that is travelled to. */
const timeOf = ({ travel }: Model): number =>
  travel && 'at_ms' in travel.target ? travel.target.at_ms : Number.NaN
const start = after(startModel(), live).model
/** Three minutes back, and answered. */
const target = { at_ms: start_ms - 180_000 }
const past = after(start, key('@'), ...typed('3m'), key('enter')).model
const at = timeOf(past)
const there = after(past, answer({ at_ms: at }, at, 500)).model

test('t opens at the present, which stays on the screen until the past is there', () => {
  const { model, effects } = after(start, key('t'))
  expect(toWanted(model).moment).toEqual({ at_ms: start_ms + 10 })
  expect(screenOf(model)).toContain('now-1')
  expect(screenOf(model)).toContain('asking …')
  expect(effects).toMatchObject([{ type: 'ask', ask: { view: 'travel', what: 'range' } }])
})

test('the fleet as it was is shown, with how long ago, its time and its sequence', () => {
  expect(pictureOf(there)?.at_ms).toBe(at)
  expect(screenOf(there)).toContain('then-1')
  expect(lineOf(there, 0)).toContain('◀ TIME −3m 00s')
  expect(screenOf(there)).toMatch(/TIME −3m 00s {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {2}seq 500/)
  expect(screenOf(there)).not.toContain('LIVE')
})

test.each([
  ['left', { at_ms: at - 1_000 }],
  ['right', { at_ms: at + 1_000 }],
  ['[', { at_ms: at - 60_000 }],
  ['shift-right', { at_ms: at + 60_000 }],
  [',', { seq: 499 }],
  ['.', { seq: 501 }],
])('%s goes to %o', (name, wanted) => {
  const { model } = after(there, key(name))
  expect(model.travel).toMatchObject({ target: wanted, loading: true })
})

test('keys pressed before the answer add up', () => {
  expect(after(there, key('left'), key('left'), key('[')).model.travel?.target).toEqual({
    at_ms: at - 62_000,
  })
  expect(after(there, key(','), key(','), key(',')).model.travel?.target).toEqual({ seq: 497 })
})

test('nobody goes beyond the present, or before the first event', () => {
  let model: Model = after(start, key('t')).model
  model = after(model, key(']'), key(']')).model
  expect(timeOf(model)).toBeLessThanOrEqual(start_ms + model.now_ms)
  expect(timeOf(model)).toBeGreaterThanOrEqual(start_ms)
  const seq = after(start, key('@'), ...typed('#2'), key('enter'), key(','), key(','), key(',')).model
  expect(seq.travel?.target).toEqual({ seq: 1 })
})

test('an answer for a moment that is left behind is shown, and the wait goes on', () => {
  const { model } = after(there, key('left'), answer({ at_ms: at }, at, 500))
  expect(model.travel).toMatchObject({ loading: true, target: { at_ms: at - 1_000 } })
})

test('an error is said, and what was shown stays', () => {
  const refused: Message = {
    type: 'moment',
    target: { at_ms: at },
    answer: { ok: false, error: 'no historian answers' },
  }
  const { model } = after(there, key('left'), key('right'), refused)
  expect(screenOf(model)).toContain('no historian answers')
  expect(screenOf(model)).toContain('then-1')
})

test('live data goes on behind the past, and is there on the way back', () => {
  const later: Message = { type: 'frame', frame: makeFrame([], { at_ms: start_ms + 5_000 }) }
  const { model } = after(there, later)
  expect(screenOf(model)).toContain('then-1')
  expect(after(model, key('t')).model.travel).toBeNull()
  expect(screenOf(after(model, key('t')).model)).toContain('now-1')
})

test('esc goes back through what was opened in the past, and then to the present', () => {
  const opened = after(there, key('3')).model
  expect(opened.place.view).toBe('agent')
  const back = after(opened, key('escape')).model
  expect(back).toMatchObject({ place: { view: 'fleet' }, travel: { target: { at_ms: at } } })
  expect(after(back, key('escape')).model.travel).toBeNull()
})

test('a click on the histogram goes there; zooming keeps the moment in the window', () => {
  const scrubber = screenOf(there)
    .split('\n')
    .findIndex((line) => line.includes('TIME −') && line.startsWith('──'))
  const { model } = after(there, click(scrubber + 1, 1))
  expect(timeOf(model)).toBeLessThan(at)
  const { window } = after(there, key('+'), key('+')).model.travel ?? {}
  expect(window).toBeDefined()
  expect((window?.to_ms ?? 0) - (window?.from_ms ?? 0)).toBeLessThan(120_000)
  expect(window?.from_ms).toBeLessThan(at)
  expect(window?.to_ms).toBeGreaterThanOrEqual(at)
})

test('an answer that comes after the return is dropped', () => {
  const { model } = after(there, key('t'), answer(target, target.at_ms, 1))
  expect(model.travel).toBeNull()
  expect(screenOf(model)).toContain('LIVE')
})

test('a histogram for another window is too late', () => {
  const { model, effects } = after(start, key('t'))
  const ask = effects.find((effect) => effect.type === 'ask')?.ask as NonNullable<
    Extract<(typeof effects)[number], { type: 'ask' }>
  >['ask']
  const range = { ok: true as const, value: { buckets: [1, 2, 3], first_seq: 1, oldest_ms: 0 } }
  expect(after(model, { type: 'answer', ask, answer: range }).model.travel?.range).toEqual(range.value)
  const zoomed = after(model, key('+')).model
  expect(after(zoomed, { type: 'answer', ask, answer: range }).model.travel?.range).toBeNull()
})
