// The help: the view's keys, the common ones, the fields of expressions and the signs, in as many columns as fit.

import { describeFields } from '../core/expression-fields.ts'
import { healths, needs } from '../core/health.ts'
import { commonKeys, type KeyBinding, toLabel, travelKeys } from './keys.ts'
import { viewSize } from './layout.ts'
import { fitLeft, type Piece, toLine, toRule, widthOf } from './line.ts'
import type { Model } from './model.ts'
import { makePaint, type Paint } from './paint.ts'
import { viewOf } from './views.ts'

const column_cells_min = 46
const label_cells = 11

/** Exactly `height` lines, from the `first` one on. */
export function viewHelp(model: Model, first: number, height: number, paint: Paint): string[] {
  const lines = helpLines(model, paint)
  const from = Math.max(0, Math.min(first, lines.length - height + 1))
  const shown = lines.slice(from, from + height - 1)
  const more =
    lines.length > height - 1
      ? `${from + 1}–${from + shown.length} of ${lines.length}, ↓ more`
      : 'any key closes'
  const { title, help } = viewOf(model.place.view)
  const all = [toRule(`${title}: ${help}`, more, model.columns, paint.dim, paint.bold), ...shown]
  while (all.length < height) all.push('')
  return all.slice(0, height)
}

/** The first line after a key; null closes the help. */
export function scrollHelp(model: Model, first: number, key: string): number | null {
  const { rows } = viewSize(model)
  const last = helpLines(model, plain).length - (rows - 1)
  const steps: Record<string, number> = {
    down: 1,
    j: 1,
    up: -1,
    k: -1,
    pagedown: rows - 1,
    pageup: 1 - rows,
    space: rows - 1,
  }
  const step = steps[key]
  return step === undefined || last <= 0 ? null : Math.max(0, Math.min(last, first + step))
}

const plain = makePaint({ color: false, theme: 'mono', ascii: false })

/** Sections one below the other, broken into columns of equal height. */
function helpLines(model: Model, paint: Paint): string[] {
  const count = Math.max(1, Math.floor(model.columns / column_cells_min))
  const cells = Math.floor(model.columns / count)
  const entries = sections(model, cells, paint)
  let height = Math.ceil(entries.length / count)
  // A heading at the foot of a column goes to the next one, which may make the columns longer.
  while (toColumns(entries, height).length > count) height++
  const columns = toColumns(entries, height)
  return Array.from({ length: height }, (_, row) =>
    columns
      .map((column, i) => {
        const pieces = column[row] ?? []
        const gap = i === columns.length - 1 ? 0 : Math.max(0, cells - widthOf(pieces))
        return toLine(pieces, cells - 1) + ' '.repeat(Math.max(gap, gap === 0 ? 0 : 1))
      })
      .join(''),
  )
}

type Entry = Piece[]

function toColumns(entries: Entry[], height: number): Entry[][] {
  const columns: Entry[][] = [[]]
  for (const [i, entry] of entries.entries()) {
    let column = columns.at(-1) as Entry[]
    const isHeading = entry.length === 1
    const isLast = column.length === height - 1
    if (column.length >= height || (isHeading && isLast && i < entries.length - 1)) {
      column = []
      columns.push(column)
    }
    // No empty line begins a column.
    if (entry.length > 0 || column.length > 0) column.push(entry)
  }
  return columns
}

function sections(model: Model, cells: number, paint: Paint): Entry[] {
  const { title, keys } = viewOf(model.place.view)
  const entry = (label: string, help: string): Entry[] =>
    wrapWords(help, cells - label_cells - 4).map((line, i) => [
      [`  ${fitLeft(i === 0 ? label : '', label_cells)} `, paint.bold],
      [line],
    ])
  const section = (heading: string, entries: Entry[]): Entry[] =>
    entries.length === 0 ? [] : [[[` ${heading}`, paint.accent]], ...entries, []]
  const bindings = (some: readonly KeyBinding[]): Entry[] =>
    some.flatMap(({ label, help }) =>
      help === undefined ? [] : entry(toLabel(label, paint.ascii), toLabel(help, paint.ascii)),
    )
  const signs = (names: readonly string[], glyphs: Record<string, string>): Entry[] =>
    names.filter((name) => name !== 'none').flatMap((name) => entry(glyphs[name] ?? '', name))
  return [
    ...section(`IN ${title.toUpperCase()}`, bindings(keys)),
    ...section('IN THE PAST', model.travel ? bindings(travelKeys) : []),
    ...section('EVERYWHERE', bindings(commonKeys)),
    ...section(
      'FILTERS  a:b  a:~regex  a>1  !not  text',
      describeFields('agent').flatMap(({ name, help }) => entry(name, help)),
    ),
    ...section('HEALTH', signs(healths, paint.glyphs.health)),
    ...section('NEEDS A PERSON', signs(needs, paint.glyphs.needs)),
  ]
}

/** Lines of whole words, each at most so long. */
function wrapWords(text: string, cells: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= cells)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
