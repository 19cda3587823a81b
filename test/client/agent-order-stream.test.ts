// Server-sent events in pieces, as a network cuts them.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeEventParser } from '../../src/client/agent-order-stream.ts'

function parse(text: string, cuts: number[]): string[] {
  const data: string[] = []
  const take = makeEventParser((each) => void data.push(each))
  let from = 0
  for (const cut of [...cuts.map((each) => each % (text.length + 1)).sort((a, b) => a - b), text.length]) {
    take(text.slice(from, cut))
    from = cut
  }
  return data
}

test('data comes whole, wherever the pieces are cut', () => {
  const messages = fc.array(
    fc.array(
      fc.string().filter((line) => !/[\r\n]/.test(line)),
      { minLength: 1 },
    ),
  )
  fc.assert(
    fc.property(messages, fc.array(fc.nat()), fc.constantFrom('\n', '\r\n'), (given, cuts, end) => {
      const text = given
        .map(
          (lines) =>
            `: still here${end}${end}event: order${end}${lines.map((line) => `data: ${line}${end}`).join('')}${end}`,
        )
        .join('')
      expect(parse(text, cuts)).toEqual(given.map((lines) => lines.join('\n')))
    }),
  )
})

test('a message without end is refused, before it fills the memory', () => {
  const take = makeEventParser(() => {})
  const piece = 'x'.repeat(64 * 1024)
  expect(() => {
    for (let i = 0; i < 100; i++) take(piece)
  }).toThrow('too long')
})
