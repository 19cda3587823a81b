// One event in full: its JSON, indented, escaped and broken into lines that fit.

import { displayWidth } from '../../core/display-width.ts'
import type { Json } from '../../core/event.ts'
import { type Piece, toLine, toSafeText } from '../line.ts'
import type { Paint } from '../paint.ts'

/** A line of `jsonText` with its key painted. */
export function jsonLine(line: string, columns: number, paint: Paint): string {
  const [, indent = '', key = '', rest = ''] = keyed.exec(line) ?? []
  const pieces: Piece[] = key === '' ? [[line]] : [[indent], [key, paint.accent], [rest]]
  return toLine([['  '], ...pieces], columns)
}

const keyed = /^(\s*)("(?:[^"\\]|\\.)*":)(.*)$/u

/** 64 KB of metadata take a while, and are drawn again with each frame. */
const known = new WeakMap<object, { columns: number; lines: string[] }>()

/** Any value of JSON as lines of at most so many cells. Nothing is cut: long texts go on in the next line. */
export function jsonText(value: object, columns: number): string[] {
  const held = known.get(value)
  if (held?.columns === columns) return held.lines
  const lines = JSON.stringify(value as Json, null, 2)
    .split('\n')
    .flatMap((line) => wrap(toSafeText(line), Math.max(8, columns - 2)))
  known.set(value, { columns, lines })
  return lines
}

const ascii = /^[\u0020-\u007e]*$/
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** What goes on in the next line is indented by two cells more than the line began with. */
function wrap(line: string, columns: number): string[] {
  if (displayWidth(line) <= columns) return [line]
  const indent = ' '.repeat(Math.min((/^ */.exec(line)?.[0].length ?? 0) + 2, Math.floor(columns / 2)))
  const parts: string[] = []
  let part = ''
  let cells = 0
  const take = (text: string, width: number): void => {
    if (cells + width > columns) {
      parts.push(part)
      part = indent
      cells = indent.length
    }
    part += text
    cells += width
  }
  if (ascii.test(line)) for (const char of line) take(char, 1)
  else for (const { segment } of segmenter.segment(line)) take(segment, displayWidth(segment))
  return [...parts, part]
}
