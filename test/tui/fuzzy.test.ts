import { expect, test } from 'vitest'
import { fuzzyFilter, fuzzyScore } from '../../src/tui/fuzzy.ts'

const names = ['fleet', 'feed', 'agent', 'attention', 'theme', 'heat size', 'sort left']
const filter = (text: string): string[] => fuzzyFilter(text, names, (name) => name)

test('letters match in their order, the best first', () => {
  expect(filter('fe')[0]).toBe('feed')
  expect(filter('at')[0]).toBe('attention')
  expect(filter('sl')).toEqual(['sort left'])
  expect(filter('tehme')).toEqual([])
})

test('letters that stand together beat those that do not, and the start of a word beats its middle', () => {
  expect(filter('he')[0]).toBe('heat size')
  expect(filter('siz')[0]).toBe('heat size')
})

test('nothing typed keeps all, in their order', () => expect(filter('')).toEqual(names))

test('case makes no difference', () => expect(fuzzyScore('FL', 'fleet')).toBe(fuzzyScore('fl', 'Fleet')))
