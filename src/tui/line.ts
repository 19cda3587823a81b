// Builds the lines of the screen out of pieces: text from events is made harmless, cut and padded by display width.

import { cutToWidth, displayWidth } from '../core/display-width.ts'
import { escapeControl } from '../core/escape.ts'

export type Painter = (text: string) => string
/** A text and how it is painted. Painting adds escape sequences, so it comes after cutting. */
export type Piece = readonly [text: string, paint?: Painter | undefined]

const ascii = /^[\u0020-\u007e]*$/

/**
 * Text from an event, safe and of a width that all terminals agree on: controls become visible escapes, and what
 * some terminals join into one emoji (joiners, variation selectors, skin tones, flags) is taken apart.
 */
export function toSafeText(text: string): string {
  if (ascii.test(text)) return text
  return escapeControl(text)
    .replace(/\u200c|\u200d|[\ufe00-\ufe0f]|[\u{1f3fb}-\u{1f3ff}]/gu, '')
    .replace(/[\u{1f1e6}-\u{1f1ff}]/gu, (letter) =>
      String.fromCharCode((letter.codePointAt(0) as number) - 0x1f1e6 + 65),
    )
}

/** Cut or padded to exactly so many cells. */
export function fitLeft(text: string, cells: number): string {
  const cut = cutToWidth(text, cells)
  return cut + ' '.repeat(Math.max(0, cells - displayWidth(cut)))
}

export function fitRight(text: string, cells: number): string {
  const cut = cutToWidth(text, cells)
  return ' '.repeat(Math.max(0, cells - displayWidth(cut))) + cut
}

/** The pieces in a row, cut at the width of the screen. Neighbours of one look are painted together: fewer bytes. */
export function toLine(pieces: readonly Piece[], cells: number): string {
  let line = ''
  let left = cells
  let run = ''
  let painter: Painter | undefined
  const paintRun = (): void => {
    line += painter === undefined || run === '' ? run : painter(run)
    run = ''
  }
  for (const [text, paint] of pieces) {
    if (left <= 0) break
    const cut = cutToWidth(text, left)
    left -= displayWidth(cut)
    if (paint !== painter) paintRun()
    painter = paint
    run += cut
  }
  paintRun()
  return line
}

/** Whole pieces only, as many as fit: half a number would be a wrong number. */
export function fitPieces(groups: readonly (readonly Piece[])[], cells: number): Piece[] {
  const kept: Piece[] = []
  let left = cells
  for (const group of groups) {
    left -= widthOf(group)
    if (left < 0) break
    kept.push(...group)
  }
  return kept
}

/** Left pieces and right pieces at the two ends of the line; the right ones go when there is no room for both. */
export function toSpread(left: readonly Piece[], right: readonly Piece[], cells: number): string {
  const gap = cells - widthOf(left) - widthOf(right)
  return gap < 1 ? toLine(left, cells) : toLine([...left, [' '.repeat(gap)], ...right], cells)
}

/** `── title ──────── note ──`, the note at the right. */
export function toRule(title: string, note: string, cells: number, paint: Painter, bold: Painter): string {
  const ends = note === '' ? 6 : 8
  const middle = '─'.repeat(Math.max(1, cells - displayWidth(title) - displayWidth(note) - ends))
  const end: Piece[] =
    note === ''
      ? [['──', paint]]
      : [
          [' ', paint],
          [note, paint],
          [' ──', paint],
        ]
  return toLine([['── ', paint], [title, bold], [' ', paint], [middle, paint], ...end], cells)
}

export const widthOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, [text]) => sum + displayWidth(text), 0)
