import { expect, test } from 'vitest'
import type { Message, Model } from '../../src/tui/model.ts'
import { toWanted } from '../../src/tui/query.ts'
import { makeFrame, row } from './frames.ts'
import { after, key, lineOf, onView, startModel, typed } from './operate.ts'

const frame: Message = { type: 'frame', frame: makeFrame([row('agent-1')], { matched: 37 }) }
const filtered = (...text: string[]): Model =>
  after(startModel(), frame, key('/'), ...text.flatMap(typed)).model

test('a filter counts while it is typed, with the number of agents that match', () => {
  const model = filtered('status:error')
  expect(toWanted(model).query.where).toBe('status:error')
  expect(lineOf(model, -1)).toMatch(/^ \/ status:error .* 37 of 1 match $/)
})

test('the beginning of a field is no filter yet: the fleet does not blink away', () => {
  expect(toWanted(filtered('stat')).query.where).toBeUndefined()
  expect(lineOf(filtered('stat'), -2)).toContain('tab: status')
  expect(toWanted(filtered('stat!')).query.where).toBe('stat!')
  expect(toWanted(after(filtered('stat'), key('enter')).model).query.where).toBe('stat')
})

test('tab completes the only field that begins so', () => {
  expect(after(filtered('!stat'), key('tab')).model.prompt?.text).toBe('!status:')
  expect(after(filtered('meta'), key('tab')).model.prompt?.text).toBe('meta.')
  expect(after(filtered('s'), key('tab')).model.prompt?.text).toBe('s')
})

test('a filter that cannot be read says where and how to mend it; the last one that could goes on', () => {
  const model = after(filtered('status:error statu:x'), key('left')).model
  expect(toWanted(model).query.where).toMatch(/^status:error/)
  expect(lineOf(model, -2)).toMatch(/^ {16}\^{5} statu is no field: did you mean status\?/)
  expect(after(model, key('enter')).model.prompt?.error).not.toBeNull()
})

test.each([60, 80, 100])(
  'at %i columns the message about a mistake fits, wherever the mistake is',
  (columns) => {
    for (const before of ['', 'status:error '.repeat(3), 'status:error '.repeat(9)]) {
      const { model } = after(startModel({ columns, rows: 24 }), frame, key('/'), ...typed(`${before}rate:x`))
      expect(lineOf(model, -2).length).toBeLessThanOrEqual(columns)
      expect(lineOf(model, -2)).toContain('"x" is no number')
      expect(lineOf(model, -1)).toContain('rate:x')
    }
  },
)

test('esc brings the filter back that was there before', () => {
  const { model } = after(
    filtered('status:error'),
    key('enter'),
    key('/'),
    ...typed(' rate>1'),
    key('escape'),
  )
  expect(model.place.where).toBe('status:error')
  expect(model.prompt).toBeNull()
})

test('a confirmed filter is in the breadcrumbs: esc goes back to the one before', () => {
  const { model } = after(filtered('status:error'), key('enter'))
  expect(lineOf(model, 1)).toContain('fleet › status:error')
  expect(after(model, key('escape')).model.place.where).toBe('')
})

test('the last filter is back when the line is opened again: enter takes it, a letter begins another', () => {
  const { model, effects } = after(filtered('rate>1'), key('enter'))
  expect(effects.at(-1)).toMatchObject({ type: 'remember', memory: { filters: ['rate>1'] } })
  const again = after(model, key('escape'), key('/')).model
  expect(again.prompt?.text).toBe('rate>1')
  expect(again.place.where).toBe('')
  expect(after(again, key('enter')).model.place.where).toBe('rate>1')
  expect(after(again, ...typed('idle>5')).model.prompt?.text).toBe('idle>5')
  expect(after(again, key('backspace')).model.prompt?.text).toBe('')
  expect(after(again, key('end'), ...typed('0')).model.prompt?.text).toBe('rate>10')
})

test('↑ and ↓ go through the history, and back to what was being typed', () => {
  const start = startModel({ memory: { filters: ['new', 'old'] }, place: { where: 'now' } })
  const { model } = after(start, frame, key('/'), ...typed('x'), key('up'), key('up'), key('up'))
  expect(model.prompt?.text).toBe('old')
  expect(after(model, key('down')).model.prompt?.text).toBe('new')
  expect(after(model, key('down'), key('down'), key('down')).model.prompt?.text).toBe('nowx')
})

test('a pasted text is one text', () => {
  const { model } = after(filtered(), { type: 'paste', text: 'status:error\nrate>1' })
  expect(model.place.where).toBe('status:error rate>1')
})

test('a filter longer than the line shows the part with the cursor', () => {
  const text = Array.from({ length: 30 }, (_, i) => `term${i}`).join(' ')
  const line = lineOf(filtered(text), -1)
  expect(line.length).toBeLessThanOrEqual(120)
  expect(line).toContain('term29')
})

test('where nothing is filtered, / says so', () => {
  const { model } = after(startModel(onView('feed')), key('ctrl-f'))
  expect(model.prompt?.name === 'search' || model.notice !== null).toBe(true)
})

test('a time is judged while it is typed', () => {
  const { model } = after(startModel(), frame, key('@'), ...typed('12:4'))
  expect(lineOf(model, -2)).toContain('is no time')
  expect(after(model, ...typed('1')).model.prompt?.error).toBeNull()
})
