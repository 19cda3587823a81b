import fc from 'fast-check'
import { expect, test } from 'vitest'
import { displayWidth } from '../../src/core/display-width.ts'
import { toAscii } from '../../src/tui/ascii.ts'

test('what we draw has a counterpart of the same width', () => {
  expect(toAscii('── fleet › role:coder … ● ✗ ▁▂▃▄▅▆▇█ │ − ⏎')).toBe(
    '-- fleet > role:coder ~ * x ..::==## | - ~',
  )
  expect(toAscii('⠀⠁⣿')).toBe(' .#')
})

test('what agents say becomes question marks, one per cell; colours stay', () => {
  expect(toAscii('\u001b[31m日本\u001b[39m é')).toBe('\u001b[31m????\u001b[39m ?')
})

test('a mark without a letter takes no part of the style before it', () => {
  expect(toAscii('\u001b[2mlabel \u001b[22m\u0300\u20ddabc')).toBe('\u001b[2mlabel \u001b[22mabc')
})

test('whatever it is: only ASCII is left, as wide as before', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const ascii = toAscii(text)
      expect(ascii).toMatch(/^\p{ASCII}*$/u)
      expect(ascii.length).toBe(displayWidth(text))
    }),
  )
})
