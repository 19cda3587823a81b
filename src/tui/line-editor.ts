// Editing a line of text by keys: pure, and the same for every prompt. Moves by what people see as one character.

export type EditedLine = {
  text: string
  /** Position in UTF-16 units, always between two characters. */
  cursor: number
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The line after a key; null when the key does not edit. */
export function editLine(line: EditedLine, key: string): EditedLine | null {
  const { text, cursor } = line
  switch (key) {
    case 'left':
    case 'ctrl-b':
      return { text, cursor: before(line) }
    case 'right':
    case 'ctrl-f':
      return { text, cursor: after(line) }
    case 'ctrl-left':
    case 'alt-left':
    case 'alt-b':
      return { text, cursor: wordBefore(line) }
    case 'ctrl-right':
    case 'alt-right':
    case 'alt-f':
      return { text, cursor: wordAfter(line) }
    case 'home':
    case 'ctrl-a':
      return { text, cursor: 0 }
    case 'end':
    case 'ctrl-e':
      return { text, cursor: text.length }
    case 'backspace':
      return cut(line, before(line), cursor)
    case 'delete':
    case 'ctrl-d':
      return cut(line, cursor, after(line))
    case 'ctrl-w':
    case 'alt-backspace':
      return cut(line, wordBefore(line), cursor)
    case 'alt-d':
      return cut(line, cursor, wordAfter(line))
    case 'ctrl-u':
      return cut(line, 0, cursor)
    case 'ctrl-k':
      return cut(line, cursor, text.length)
    case 'space':
      return insertText(line, ' ')
    default:
      return isCharacter(key) ? insertText(line, key) : null
  }
}

/** A pasted text is one text: its line ends become spaces. */
export function insertText({ text, cursor }: EditedLine, inserted: string): EditedLine {
  const flat = inserted.replace(/[\r\n\t]+/g, ' ')
  // A combining mark joins what stands before it, so the cursor is found anew.
  const next = text.slice(0, cursor) + flat + text.slice(cursor)
  return { text: next, cursor: boundary(next, cursor + flat.length) }
}

/** Keys with names are at least two letters of ASCII; what prints is its own text. */
export const isCharacter = (key: string): boolean => {
  const [first, second] = segmenter.segment(key)
  return first !== undefined && second === undefined && !/^\p{Cc}/u.test(key)
}

function cut({ text }: EditedLine, from: number, to: number): EditedLine {
  const next = text.slice(0, from) + text.slice(to)
  return { text: next, cursor: boundary(next, from) }
}

/** The next end of a character at or after the position. */
function boundary(text: string, position: number): number {
  let end = 0
  for (const { index, segment } of segmenter.segment(text)) {
    if (end >= position) return end
    end = index + segment.length
  }
  return text.length
}

function before({ text, cursor }: EditedLine): number {
  let start = 0
  for (const { index } of segmenter.segment(text)) {
    if (index >= cursor) break
    start = index
  }
  return start
}

const after = ({ text, cursor }: EditedLine): number => boundary(text, Math.min(text.length, cursor + 1))

/** Words end at spaces, as the terms of an expression do. */
const wordBefore = ({ text, cursor }: EditedLine): number =>
  cursor - (/\S*\s*$/.exec(text.slice(0, cursor))?.[0].length ?? 0)

const wordAfter = ({ text, cursor }: EditedLine): number =>
  cursor + (/^\s*\S*/.exec(text.slice(cursor))?.[0].length ?? 0)
