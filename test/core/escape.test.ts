import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutToWidth, displayWidth } from '../../src/core/display-width.ts'
import { escapeControl } from '../../src/core/escape.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: the very characters that must not get through
const dangerous = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

test('nothing that steers a terminal or reorders text gets through', () => {
  const nasty = fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom('\u001b[2J', '\u009b31m', '\u001b]0;x\u0007', '\u202e', '\u2066', '\r', '\ud800'),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(fc.array(nasty), (parts) => {
      const safe = escapeControl(parts.join(''))
      expect(safe).not.toMatch(dangerous)
      expect(safe.isWellFormed()).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test('every single dangerous code unit is escaped', () => {
  for (let code = 0; code <= 0xffff; code++) {
    const char = String.fromCharCode(code)
    if (dangerous.test(char)) expect(escapeControl(`a${char}b`)).toMatch(/^a\\[\\a-z0-9{}]+b$/)
  }
})

test('what is safe stays as it is', () => {
  for (const text of ['', 'plain', 'grün', '日本語', '👩‍👩‍👧 family', 'e\u0301', 'שלום']) {
    expect(escapeControl(text)).toBe(text)
  }
})

test('escapes can be read', () => {
  expect(escapeControl('\u001b[31mred\n')).toBe('\\e[31mred\\n')
  expect(escapeControl('\u0007\u009b\u202e')).toBe('\\x07\\x9b\\u{202e}')
})

test.each([
  ['abc', 3],
  ['日本', 4],
  ['e\u0301', 1],
  ['👩‍👩‍👧', 2],
  ['ﾊﾛｰ', 3],
])('%s takes %d cells', (text, cells) => {
  expect(displayWidth(text)).toBe(cells)
})

test('a cut text fits, and says that it was cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, cells) => {
      const cut = cutToWidth(text, cells)
      expect(displayWidth(cut)).toBeLessThanOrEqual(cells)
      if (cut !== text) expect(cut.endsWith('…')).toBe(true)
    }),
  )
})
