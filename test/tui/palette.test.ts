import { expect, test } from 'vitest'
import type { Message, Model } from '../../src/tui/model.ts'
import { choicesOf } from '../../src/tui/palette.ts'
import { viewNames } from '../../src/tui/views.ts'
import { makeFrame, row } from './frames.ts'
import { after, key, lineOf, screenOf, startModel, typed } from './operate.ts'

const frame: Message = { type: 'frame', frame: makeFrame([row('agent-00042'), row('agent-7')]) }
const start = after(startModel(), frame).model
const run = (text: string, model: Model = start) => after(model, key(':'), ...typed(text), key('enter'))
const texts = (text: string): string[] => choicesOf(start, text).map((choice) => choice.text)

test('every view and every action can be found by name', () => {
  const all = texts('')
  for (const name of [
    ...viewNames,
    'quit',
    'help',
    'pause',
    'theme',
    'where',
    'at',
    'agent',
    'copy',
    'travel',
  ])
    expect(all).toContain(name)
})

test.each([
  ['attention', { place: { view: 'attention' } }],
  ['agent agent-00042', { place: { view: 'agent', agent: 'agent-00042' } }],
  ['agent agent-99999', { place: { view: 'agent', agent: 'agent-99999' } }],
  ['where status:error rate>1', { place: { where: 'status:error rate>1' } }],
  ['theme light', { memory: { theme: 'light' } }],
  ['mouse off', { memory: { mouse: false } }],
  ['pause', { held: start.live }],
  ['at #81', { travel: { target: { seq: 81 } } }],
])(':%s works', (text, wanted) => {
  const { model } = run(text)
  expect(model.prompt).toBeNull()
  expect(model).toMatchObject(wanted)
})

test(':quit quits', () => expect(run('quit').effects).toContainEqual({ type: 'quit' }))

test('a few letters are enough: enter takes the chosen line', () => {
  expect(run('attn').model.place.view).toBe('attention')
  expect(texts('atten')[0]).toBe('attention')
})

test('↓ chooses another line, tab completes it', () => {
  const { model } = after(start, key(':'), ...typed('theme '), key('down'), key('tab'))
  expect(model.prompt?.text).toBe('theme light')
})

test('a name whose argument is missing waits for it', () => {
  const { model } = after(start, key(':'), ...typed('where'), key('enter'))
  expect(model.prompt?.text).toBe('where ')
})

test('the agents on the screen are completed; another id can be typed', () => {
  expect(texts('agent 42')).toEqual(['agent 42', 'agent agent-00042'])
  expect(texts('where rate>1')).toEqual(['where rate>1'])
})

test.each([
  ['attentoin', 'attentoin is no command: did you mean attention?'],
  ['xyzzy', 'xyzzy is no command'],
  ['where ', 'where needs EXPR'],
  ['theme lihgt', 'did you mean'],
  ['where statu:x', 'statu is no field'],
  ['at yesterday', 'is no time'],
])(':%s stays open and says what is wrong', (text, says) => {
  const { model } = run(text)
  expect(model.prompt?.text).toBe(text)
  expect(lineOf(model, -2)).toContain(says)
})

test('what worked is first in the list the next time', () => {
  const { model } = run('theme light')
  expect(choicesOf(model, '')[0]?.text).toBe('theme light')
  expect(after(model, key(':'), key('enter')).model.memory.theme).toBe('light')
})

test('the list stands above the line being typed, with a key beside each', () => {
  const screen = screenOf(after(start, key(':'), ...typed('pau')).model).split('\n')
  expect(screen).toHaveLength(30)
  expect(screen.findLast((line) => line.includes('palette'))).toBeDefined()
  expect(screen.find((line) => line.startsWith('▌ pause'))).toMatch(/ p +hold the picture still/)
  expect(screen.at(-1)).toContain(' : pau')
})
