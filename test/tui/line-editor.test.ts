import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type EditedLine, editLine, insertText, isCharacter } from '../../src/tui/line-editor.ts'

/** `a|b` is the text ab with the cursor between. */
const at = (marked: string): EditedLine => ({ text: marked.replace('|', ''), cursor: marked.indexOf('|') })
const shown = ({ text, cursor }: EditedLine): string => `${text.slice(0, cursor)}|${text.slice(cursor)}`

const after = (marked: string, ...keys: string[]): string =>
  shown(keys.reduce((line, key) => editLine(line, key) ?? line, at(marked)))

test.each([
  ['ab|c', 'x', 'abx|c'],
  ['ab|c', 'space', 'ab |c'],
  ['ab|c', 'left', 'a|bc'],
  ['|abc', 'left', '|abc'],
  ['ab|c', 'right', 'abc|'],
  ['abc|', 'right', 'abc|'],
  ['ab|c', 'home', '|abc'],
  ['ab|c', 'ctrl-a', '|abc'],
  ['ab|c', 'end', 'abc|'],
  ['ab|c', 'ctrl-e', 'abc|'],
  ['ab|c', 'backspace', 'a|c'],
  ['|abc', 'backspace', '|abc'],
  ['ab|c', 'delete', 'ab|'],
  ['abc|', 'delete', 'abc|'],
  ['ab|c', 'ctrl-u', '|c'],
  ['ab|c', 'ctrl-k', 'ab|'],
  ['status:x rate>|5', 'ctrl-w', 'status:x |5'],
  ['status:x  |', 'ctrl-w', '|'],
  ['one two|', 'ctrl-left', 'one |two'],
  ['|one two', 'ctrl-right', 'one| two'],
  ['one| two x', 'alt-d', 'one| x'],
])('%s and %s is %s', (before, key, wanted) => {
  expect(after(before, key)).toBe(wanted)
})

test('what people see as one character is moved over and removed as one', () => {
  expect(after('a👨‍👩‍👧|b', 'left')).toBe('a|👨‍👩‍👧b')
  expect(after('a👨‍👩‍👧|b', 'backspace')).toBe('a|b')
  expect(after('|éb', 'delete')).toBe('|b')
})

test('what joins the character before it takes the cursor along', () => {
  expect(shown(insertText({ text: '\u0301x', cursor: 0 }, 'e'))).toBe('e\u0301|x')
})

test('a pasted text is one text on one line', () => {
  expect(shown(insertText(at('a|d'), 'b\r\nc\t'))).toBe('ab c |d')
})

test('keys that do not edit are left to whoever asks', () => {
  for (const key of ['enter', 'escape', 'up', 'down', 'tab', 'ctrl-p', 'pageup', ''])
    expect(editLine(at('a|'), key)).toBeNull()
  expect(isCharacter('é')).toBe(true)
  expect(isCharacter('up')).toBe(false)
})

const keys = fc.oneof(
  fc.constantFrom(
    'left',
    'right',
    'home',
    'end',
    'backspace',
    'delete',
    'ctrl-w',
    'ctrl-u',
    'ctrl-k',
    'alt-b',
    'alt-f',
    'alt-d',
    'space',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
)

test('whatever is typed: the cursor stands between two characters, and the text is well formed', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(keys, fc.string({ unit: 'grapheme' }))), (typed) => {
      let line: EditedLine = { text: '', cursor: 0 }
      for (const key of typed)
        line = editLine(line, key) ?? insertText(line, key.replace(/[\ud800-\udfff]/gu, ''))
      expect(line.text.isWellFormed()).toBe(true)
      const ends = [...new Intl.Segmenter().segment(line.text)].map(({ index }) => index)
      expect([...ends, line.text.length]).toContain(line.cursor)
    }),
  )
})

test('typing at the end and taking it back leaves what was there', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme-ascii' }),
      fc.string({ unit: 'grapheme-ascii' }),
      (before, typed) => {
        let line: EditedLine = { text: before, cursor: before.length }
        for (const letter of typed) line = editLine(line, letter === ' ' ? 'space' : letter) as EditedLine
        expect(line.text).toBe(before + typed)
        for (const _ of typed) line = editLine(line, 'backspace') as EditedLine
        expect(line).toEqual({ text: before, cursor: before.length })
      },
    ),
  )
})
