// The help: the view's keys, the common ones, the fields of expressions and the signs, in as many columns as fit.

import { describeFields } from '../core/expression-fields.ts'
import { healths, needs } from '../core/health.ts'
import { commonKeysOf, type KeyBinding, toLabel, travelKeys } from './keys.ts'
import { viewSize } from './layout.ts'
import { fitLeft, type Piece, toLine, toRule, widthOf } from './line.ts'
import type { Model } from './model.ts'
import { makePaint, type Paint } from './paint.ts'
import { viewOf } from './views.ts'

const column_cells_min = 46
const label_cells = 11

/** Exactly `height` lines, from the `first` one on. */
export function viewHelp(model: Model, first: number, height: number, paint: Paint): string[] {
  const lines = helpLines(model, height - 1, paint)
  const from = Math.max(0, Math.min(first, lines.length - height + 1))
  const shown = lines.slice(from, from + height - 1)
  const place = `${from + 1}–${from + shown.length} of ${lines.length}`
  const note = lines.length > height - 1 ? `${place}, ↓ more` : 'any key closes'
  const { title, help } = viewOf(model.place.view)
  const all = [toRule(`${title}: ${help}`, note, model.columns, paint.dim, paint.bold), ...shown]
  while (all.length < height) all.push('')
  return all.slice(0, height)
}

/** The first line after a key; null closes the help. */
export function scrollHelp(model: Model, first: number, key: string): number | null {
  const page = viewSize(model).rows - 1
  const last = helpLines(model, page, plain).length - page
  const steps: Record<string, number> = {
    down: 1,
    j: 1,
    up: -1,
    k: -1,
    pagedown: page,
    space: page,
    pageup: -page,
  }
  const step = steps[key]
  return step === undefined || last <= 0 ? null : Math.max(0, Math.min(last, first + step))
}

const plain = makePaint({ color: false, theme: 'mono', ascii: false })

/** What stays together in one column: a heading, or a key with all lines of its help. */
type Block = Piece[][]

/** In as few columns as the height allows, so that there is room for whole sentences. */
function helpLines(model: Model, height: number, paint: Paint): string[] {
  const most = Math.max(1, Math.floor(model.columns / column_cells_min))
  for (let count = 1; ; count++) {
    const cells = Math.floor(model.columns / count)
    const columns = toColumns(sections(model, cells, paint), count)
    const rows = Math.max(...columns.map((column) => column.length))
    if (rows <= height || count >= most)
      return Array.from({ length: rows }, (_, row) => join(columns, row, cells))
  }
}

function join(columns: Piece[][][], row: number, cells: number): string {
  const parts = columns.map((column) => {
    const pieces = column[row] ?? []
    return toLine(pieces, cells - 1) + ' '.repeat(Math.max(1, cells - widthOf(pieces)))
  })
  return parts.join('').trimEnd()
}

/** The lowest columns into which the blocks go in their order. */
function toColumns(blocks: Block[], count: number): Piece[][][] {
  let height = Math.ceil(blocks.reduce((sum, block) => sum + block.length, 0) / count)
  for (; ; height++) {
    const columns = packed(blocks, height)
    if (columns.length <= count) return columns
  }
}

function packed(blocks: Block[], height: number): Piece[][][] {
  const columns: Piece[][][] = [[]]
  for (const [i, block] of blocks.entries()) {
    // A heading goes with what it heads.
    const needed = block.length + (isHeading(block) ? (blocks[i + 1]?.length ?? 0) : 0)
    let column = columns.at(-1) as Piece[][]
    if (column.length > 0 && column.length + needed > height) {
      column = []
      columns.push(column)
    }
    // No empty line begins a column.
    if (block[0]?.length !== 0 || column.length > 0) column.push(...block)
  }
  return columns
}

const isHeading = (block: Block): boolean => block[0]?.length === 1

function sections(model: Model, cells: number, paint: Paint): Block[] {
  const { title, keys } = viewOf(model.place.view)
  const entry = (label: string, help: string): Block =>
    wrapWords(help, cells - label_cells - 4).map((line, i) => [
      [`  ${fitLeft(i === 0 ? label : '', label_cells)} `, paint.bold],
      [line],
    ])
  const section = (heading: string, entries: Block[]): Block[] =>
    entries.length === 0 ? [] : [[[[` ${heading}`, paint.accent]]], ...entries, [[]]]
  const bindings = (some: readonly KeyBinding[]): Block[] =>
    some.flatMap(({ label, help }) =>
      help === undefined ? [] : [entry(toLabel(label, paint.ascii), toLabel(help, paint.ascii))],
    )
  const signs = (names: readonly string[], glyphs: Record<string, string>): Block[] =>
    names.filter((name) => name !== 'none').map((name) => entry(glyphs[name] ?? '', name))
  return [
    ...section(`IN ${title.toUpperCase()}`, bindings(keys)),
    ...section('IN THE PAST', model.travel ? bindings(travelKeys) : []),
    ...section('EVERYWHERE', bindings(commonKeysOf(model))),
    ...section(
      'FILTERS  a:b  a:~regex  a>1  !not  text',
      describeFields('agent').map(({ name, help }) => entry(name, help)),
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
