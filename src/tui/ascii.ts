// The screen for terminals that know only ASCII: every character becomes one of the same width. The last step before
// the terminal, so that no view has to think of it.

import { displayWidth } from '../core/display-width.ts'

const groups: [characters: string, ascii: string][] = [
  ['─━—–−‐‑╌┄═', '-'],
  ['│┃║┆┊', '|'],
  ['┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝', '+'],
  ['▁▂·', '.'],
  ['▃▄', ':'],
  ['▅▆', '='],
  ['▇█■▮', '#'],
  ['▓', '%'],
  ['▒', '+'],
  ['░▯', '.'],
  ['▌▐▸▶›»→', '>'],
  ['◂◀‹«←', '<'],
  ['↑▲', '^'],
  ['↓▼▾', 'v'],
  ['●•◆', '*'],
  ['○◌◇', 'o'],
  ['◔', 'l'],
  ['◑◐', 's'],
  ['✗✘×', 'x'],
  ['✓✔', 'v'],
  ['‖', '='],
  ['▪', '#'],
  ['⇥', '>'],
  ['╵', "'"],
  ['≠', '#'],
  ['…⏎', '~'],
  ['≤', '<'],
  ['≥', '>'],
  ['“”', '"'],
  ['‘’', "'"],
]
const signs = new Map(groups.flatMap(([characters, ascii]) => [...characters].map((each) => [each, ascii])))

/** Braille by how many of its eight dots are set. */
const braille = [' ', '.', '.', ':', ':', '+', '+', '#', '#'] as const

const foreign = /\P{ASCII}/u
const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** A painted line without a character outside of ASCII; what has no counterpart is `?` for each of its cells. */
export function toAscii(line: string): string {
  if (!foreign.test(line)) return line
  // A mark that begins a text must not become one character with the end of the style before it.
  return line
    .split(styles)
    .map((part) => (foreign.test(part) ? toSigns(part) : part))
    .join('')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
const styles = /(\u001b\[[0-9;]*m)/

function toSigns(text: string): string {
  let ascii = ''
  for (const { segment } of characters.segment(text))
    ascii += foreign.test(segment) ? toSign(segment) : segment
  return ascii
}

function toSign(segment: string): string {
  const known = signs.get(segment)
  if (known !== undefined) return known
  const dots = (segment.codePointAt(0) as number) - 0x2800
  if (dots >= 0 && dots < 256) return braille[dots.toString(2).replaceAll('0', '').length] ?? '#'
  return '?'.repeat(displayWidth(segment))
}
