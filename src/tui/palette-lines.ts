// The palette's list, above the line being typed: over the view's last lines.

import { displayWidth } from '../core/display-width.ts'
import { toLabel } from './keys.ts'
import { fitLeft, type Piece, toLine, toRule, toSafeText } from './line.ts'
import type { Model, Prompt } from './model.ts'
import type { Paint } from './paint.ts'
import { choicesOf } from './palette.ts'

const lines_max = 10

/** At most so many lines, of which one is a rule. */
export function paletteLines(model: Model, prompt: Prompt, rows: number, paint: Paint): string[] {
  const choices = choicesOf(model, prompt.text)
  const height = Math.max(0, Math.min(lines_max, rows - 1, choices.length))
  // The chosen one is in sight, and those before it as long as there is room.
  const first = Math.max(0, Math.min(prompt.choice - height + 1, choices.length - height))
  const shown = choices.slice(first, first + height)
  const widest = Math.max(14, ...shown.map(({ text }) => displayWidth(toSafeText(text))))
  const textCells = Math.min(widest, Math.floor(model.columns / 2))
  const note = choices.length > height ? `${first + 1}–${first + height} of ${choices.length}` : ''
  const heading = toRule('palette', note, model.columns, paint.dim, paint.bold)
  const lines = shown.map(({ text, help, key }, i) => {
    const chosen = first + i === prompt.choice
    const label = toLabel(key, paint.ascii)
    const pieces: Piece[] = [
      [chosen ? `${paint.glyphs.selected} ` : '  ', paint.accent],
      [fitLeft(toSafeText(text), textCells), chosen ? paint.inverse : undefined],
      [`  ${fitLeft(label, 6)}`, paint.bold],
      [` ${toSafeText(help)}`, paint.dim],
    ]
    return toLine(pieces, model.columns)
  })
  return rows < 2 ? [] : [heading, ...lines]
}
