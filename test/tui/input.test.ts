import fc from 'fast-check'
import { expect, test } from 'vitest'
import { flushInput, type Input, parseInput } from '../../src/tui/input.ts'

const key = (name: string): Input => ({ type: 'key', key: name })
const read = (text: string): Input[] => parseInput('', text).inputs

test.each([
  ['a', 'a'],
  ['日', '日'],
  ['🚀', '🚀'],
  [' ', 'space'],
  ['\r', 'enter'],
  ['\t', 'tab'],
  ['\u007f', 'backspace'],
  ['\u0001', 'ctrl-a'],
  ['\u0003', 'ctrl-c'],
  ['\u001a', 'ctrl-z'],
  ['\u0000', 'ctrl-space'],
  ['\u001b[A', 'up'],
  ['\u001bOB', 'down'],
  ['\u001b[1;2D', 'shift-left'],
  ['\u001b[1;5C', 'ctrl-right'],
  ['\u001b[1;3A', 'alt-up'],
  ['\u001b[a', 'shift-up'],
  ['\u001bOd', 'ctrl-left'],
  ['\u001b[Z', 'backtab'],
  ['\u001b[3~', 'delete'],
  ['\u001b[3;5~', 'ctrl-delete'],
  ['\u001b[5~', 'pageup'],
  ['\u001b[6~', 'pagedown'],
  ['\u001b[H', 'home'],
  ['\u001b[4~', 'end'],
  ['\u001b[7$', 'shift-home'],
  ['\u001bb', 'alt-b'],
  ['\u001b\u007f', 'alt-backspace'],
])('%j is %s', (text, name) => {
  expect(read(text)).toEqual([key(name)])
})

test.each([
  ['a click', '\u001b[<0;10;5M', { kind: 'click', row: 4, column: 9 }],
  ['a click with shift', '\u001b[<4;1;1M', { kind: 'click', row: 0, column: 0 }],
  ['the wheel up', '\u001b[<64;10;5M', { kind: 'up', row: 4, column: 9 }],
  ['the wheel down beyond column 223', '\u001b[<65;300;5M', { kind: 'down', row: 4, column: 299 }],
])('%s is a message of the mouse', (_, text, mouse) => {
  expect(read(text)).toEqual([{ type: 'mouse', mouse }])
})

test.each([
  ['a release', '\u001b[<0;10;5m'],
  ['another button', '\u001b[<2;10;5M'],
  ['motion', '\u001b[<35;10;5M'],
  ['a report without a place', '\u001b[<0;10M'],
  ['focus', '\u001b[I\u001b[O'],
  ['a cursor report', '\u001b[12;40R'],
  ['device attributes', '\u001b[?62;22c'],
  ['a function key', '\u001bOP\u001b[15~\u001b[[A'],
  ['an answer about colours', '\u001b]11;rgb:0000/0000/0000\u0007\u001b]11;rgb:0/0/0\u001b\\'],
  ['a device control string', '\u001bP1+r544e=78\u001b\\'],
])('%s means nothing', (_, text) => {
  expect(read(`a${text}b`)).toEqual([key('a'), key('b')])
})

test('several in one chunk are all read, in order', () => {
  expect(read('j\u001b[A\u001b[<65;1;2M\u001b[<65;1;2Mq')).toEqual([
    key('j'),
    key('up'),
    { type: 'mouse', mouse: { kind: 'down', row: 1, column: 0 } },
    { type: 'mouse', mouse: { kind: 'down', row: 1, column: 0 } },
    key('q'),
  ])
})

test('a paste is one text, with whatever is in it', () => {
  expect(read('x\u001b[200~status:\u001b[A\nrm\u001b[201~y')).toEqual([
    key('x'),
    { type: 'paste', text: 'status:\u001b[A\nrm' },
    key('y'),
  ])
})

test('an escape alone waits for the rest of a sequence, and is the key when nothing comes', () => {
  expect(parseInput('', '\u001b')).toEqual({ inputs: [], pending: '\u001b' })
  expect(flushInput('\u001b')).toEqual({ inputs: [key('escape')], pending: '' })
  expect(flushInput('\u001b[')).toEqual({ inputs: [], pending: '' })
  expect(read('\u001b\u001b[A')).toEqual([key('escape'), key('up')])
})

test('a paste whose end has not come yet goes on waiting', () => {
  const { pending } = parseInput('', '\u001b[200~abc')
  expect(flushInput(pending)).toEqual({ inputs: [], pending })
  expect(parseInput(pending, 'd\u001b[201~').inputs).toEqual([{ type: 'paste', text: 'abcd' }])
})

const piece = fc.oneof(
  fc.constantFrom('a', ' ', '\r', '日', '🚀', '\u001b[A', '\u001b[1;2D', '\u001b[3~', '\u001bOH', '\u001bb'),
  fc
    .tuple(fc.constantFrom(0, 64, 65), fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 200 }))
    .map(([button, column, row]) => `\u001b[<${button};${column};${row}M`),
  fc.string({ unit: 'grapheme-ascii' }).map((text) => `\u001b[200~${text}\u001b[201~`),
)

test('however the chunks are cut, the same is read', () => {
  fc.assert(
    fc.property(fc.array(piece), fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (pieces, lengths) => {
      const text = pieces.join('')
      const inputs: Input[] = []
      let pending = ''
      let rest = text
      while (rest !== '') {
        // Decoded text is never cut within a character.
        const { value: length } = lengths.next()
        const chunk = [...rest].slice(0, length).join('')
        rest = rest.slice(chunk.length)
        const parsed = parseInput(pending, chunk)
        inputs.push(...parsed.inputs)
        pending = parsed.pending
      }
      expect(inputs).toEqual(read(text))
      expect(pending).toBe('')
    }),
  )
})

test('whatever comes, nothing throws, nothing is kept for ever, and every key is a name or a character', () => {
  const bytes = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('\u001b', '[', '<', '0', ';', 'M', 'O', '~', '\u0007', ']', 'x'))
      .map((all) => all.join('')),
  )
  fc.assert(
    fc.property(fc.array(bytes), (chunks) => {
      let pending = ''
      for (const chunk of chunks) {
        const parsed = parseInput(pending, chunk)
        for (const input of parsed.inputs) if (input.type === 'key') expect(input.key).not.toMatch(/\p{Cc}/u)
        pending = parsed.pending
        if (!pending.startsWith('\u001b[200~')) expect(pending.length).toBeLessThanOrEqual(64)
      }
    }),
  )
})
