// The line being typed as it looks, and the line above it: what is wrong and where, or what could be typed.

import { displayWidth } from '../core/display-width.ts'
import { describeFields } from '../core/expression-fields.ts'
import { formatCount } from './format.ts'
import { fitRight, type Piece, toLine, toSafeText, toSpread } from './line.ts'
import { type Model, type Prompt, pictureOf } from './model.ts'
import { commandWords, confirmationOf } from './order/draft.ts'
import type { Paint } from './paint.ts'
import { fieldsBegunBy } from './prompt.ts'

const signs: Record<Prompt['name'], string> = {
  filter: '/',
  search: 'search',
  command: ':',
  time: 'at',
  reason: 'why',
  confirm: 'confirm',
}

export function viewPrompt(model: Model, prompt: Prompt, paint: Paint): string {
  const { pieces } = typed(model, prompt, paint)
  return toSpread(
    [[` ${signs[prompt.name]} `, paint.bold], ...pieces],
    [[`  ${said(model, prompt)} `, paint.dim]],
    model.columns,
  )
}

/** The line above: a caret at the mistake with the message beside it, or what can be typed here. */
export function viewPromptHint(model: Model, prompt: Prompt, paint: Paint): string | null {
  const { columns } = model
  const { error } = prompt
  if (error === null) return hintOf(model, prompt, paint)
  const { before_cells, error_cells } = typed(model, prompt, paint)
  const left = displayWidth(signs[prompt.name]) + 2 + before_cells
  const carets = '^'.repeat(Math.max(1, Math.min(error_cells, columns - left)))
  const message = toSafeText(error.message)
  // On the side where there is more room; the mistake is mostly at the end, the longer messages are not.
  const right = columns - left - carets.length - 1
  if (right >= left || displayWidth(message) <= right)
    return toLine([[' '.repeat(left)], [`${carets} ${message}`, paint.bad]], columns)
  return toLine([[fitRight(message, left - 1), paint.bad], [' '], [carets, paint.bad]], columns)
}

function hintOf({ columns, draft }: Model, prompt: Prompt, paint: Paint): string | null {
  switch (prompt.name) {
    case 'filter': {
      const begun = fieldsBegunBy(prompt)
      if (begun.length > 0)
        return toLine([[` ${begun.length === 1 ? 'tab: ' : ''}${begun.join('  ')}`, paint.dim]], columns)
      const fields = describeFields('agent').map((field) => field.name)
      return toLine([[` fields  ${fields.join('  ')}   a:b  a:~regex  a>1  !not  text`, paint.dim]], columns)
    }
    case 'time':
      return toLine(
        [[' 10m (ago)  12:41  12:41:03.500  2026-06-26T12:41:03Z  #81233 (an event)  now', paint.dim]],
        columns,
      )
    case 'reason':
      return toLine([[' the reason goes into the audit, with who and when', paint.dim]], columns)
    case 'confirm': {
      if (!draft?.preview) return toLine([[' asking Beacon who that is …', paint.dim]], columns)
      const says = ` type ${confirmationOf(draft)} to ${commandWords[draft.command]}`
      return toLine([[says, paint.bold]], columns)
    }
    case 'search':
    case 'command':
      return null
  }
}

/** At the right: how much matches. */
function said(model: Model, { name, error, offered }: Prompt): string {
  if (offered) return '⏎ the last one again'
  const frame = pictureOf(model)?.frame
  if (name !== 'filter' || error || !frame) return ''
  return `${formatCount(frame.matched)} of ${formatCount(frame.totals.agents)} match`
}

/** The text with its cursor, cut at the left when it is too long; the wrong part is marked. */
function typed(
  model: Model,
  prompt: Prompt,
  paint: Paint,
): { pieces: Piece[]; before_cells: number; error_cells: number } {
  const { text, cursor, error, offered } = prompt
  const room = model.columns - signs[prompt.name].length - 2 - displayWidth(said(model, prompt)) - 4
  const characters = cellsOf(text, cursor, error)
  let first = 0
  const widthFrom = (from: number): number =>
    characters
      .slice(from)
      .reduce((sum, { text: each, at }) => (at <= cursor ? sum + displayWidth(each) : sum), 0)
  while (first < characters.length && widthFrom(first) > room) first++
  const shown = characters.slice(first)
  const pieces = shown.map(
    ({ text: each, at, wrong }): Piece => [
      each,
      at === cursor || offered ? paint.inverse : wrong ? paint.wrong : undefined,
    ],
  )
  const before = shown.filter(({ at }) => error !== null && at < error.position)
  const inError = shown.filter(({ wrong }) => wrong)
  const cellsIn = (some: typeof shown): number =>
    some.reduce((sum, { text: each }) => sum + displayWidth(each), 0)
  return { pieces, before_cells: cellsIn(before), error_cells: cellsIn(inError) }
}

const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Each character as it is shown, with its place; the end of the line is one more for the cursor. */
function cellsOf(
  text: string,
  cursor: number,
  error: Prompt['error'],
): { text: string; at: number; wrong: boolean }[] {
  const cells = Array.from(characters.segment(text), ({ segment, index }) => ({
    text: toSafeText(segment),
    at: index,
    wrong: error !== null && index >= error.position && index < error.position + error.length,
  }))
  return cursor >= text.length ? [...cells, { text: ' ', at: text.length, wrong: false }] : cells
}
