// The one adapter to blessed-contrib: its line chart, drawn into lines of text without a blessed screen.
//
// The widget runs on an object made from its prototype, with a canvas of braille dots in place of a screen (a screen would
// install handlers beside Ink's). Its colours stand for the lines here: the caller paints them.

import { createRequire } from 'node:module'
import type { Piece } from '../line.ts'
import type { Paint } from '../paint.ts'

/** At most six lines, each of as many values as there are labels. */
export type Chart = {
  columns: number
  rows: number
  /** A label for each value; every `label_step`th is shown. */
  labels: readonly string[]
  label_step: number
  lines: readonly (readonly number[])[]
  /** Upper end of the scale; the lower one is 0. */
  max: number
}

/** Names that both the widget and its canvas know, one for each line. */
const colours = ['cyan', 'green', 'yellow', 'red', 'magenta', 'blue'] as const
const axis = 'black'
const text = 'white'
const codes = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']

type Widget = {
  setData(data: { x: readonly string[]; y: readonly number[]; style: { line: string } }[]): void
}
type Context = { _canvas: { frame(): string } }
type Library = { widget: object; makeContext(width: number, height: number): Context }

let library: Library | undefined
/** CommonJS, and 50 ms to load: only when a chart is drawn. */
function load(): Library {
  if (library) return library
  const require = createRequire(import.meta.url)
  const widget = require('blessed-contrib/lib/widget/charts/line.js') as { prototype: object }
  const inner = createRequire(require.resolve('blessed-contrib'))('drawille-canvas-blessed-contrib') as {
    Canvas: new (width: number, height: number) => { getContext(): Context }
  }
  library = {
    widget: widget.prototype,
    makeContext: (width, height) => new inner.Canvas(width, height).getContext(),
  }
  return library
}

/** The widget leaves the row under the labels empty; it is cut off. */
const empty_rows = 1

/** Exactly `rows` lines of pieces, at most `columns` cells wide. */
export function drawLineChart(chart: Chart, painters: readonly Paint['bold'][], paint: Paint): Piece[][] {
  const { columns, rows, labels, label_step, lines, max } = chart
  const { widget, makeContext } = load()
  // Braille has 2 × 4 dots a cell.
  const size = { width: columns * 2, height: (rows + empty_rows) * 4 }
  const context = makeContext(size.width, size.height)
  const drawn = Object.create(widget, {
    width: { value: columns },
    height: { value: rows + empty_rows },
    canvasSize: { value: size },
    ctx: { value: context },
    options: {
      value: {
        style: { line: colours[0], text, baseline: axis },
        xLabelPadding: 5,
        xPadding: axisDots(max),
        numYLabels: rows < 9 ? 2 : 4,
        showNthLabel: label_step,
        legend: {},
        minY: 0,
        maxY: max,
      },
    },
  }) as Widget
  drawn.setData(
    lines.map((values, i) => ({ x: labels, y: values, style: { line: colours[i] ?? colours[0] } })),
  )
  const toPainter = (colour: string | undefined): Piece[1] => {
    const line = colours.indexOf(colour as (typeof colours)[number])
    return line >= 0 ? painters[line] : colour === undefined ? undefined : paint.dim
  }
  return context._canvas
    .frame()
    .split('\n')
    .slice(0, rows)
    .map((row) => toPieces(row, toPainter))
}

/** Dots to the left of the vertical axis: the widest number of the scale. */
const axisDots = (max: number): number => String(Math.round(max)).length * 2 + 4

/** Which of the values stands in that column of cells; undefined left of the axis. */
export function valueAt(
  { columns, values, max }: { columns: number; values: number; max: number },
  column: number,
): number | undefined {
  const from = axisDots(max)
  const at = Math.floor(((column * 2 - from) / (columns * 2 - from)) * values)
  return at >= 0 && at < values ? at : undefined
}

/** Runs of one colour become one piece: half the bytes on the way to the terminal. */
function toPieces(row: string, toPainter: (colour: string | undefined) => Piece[1]): Piece[] {
  const runs: { text: string; colour: string | undefined }[] = []
  let colour: string | undefined
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the widget's own escape sequences are taken out here
  for (const [, code, plain] of row.matchAll(/\u001b\[(\d+)m|([^\u001b]+)/g)) {
    if (code !== undefined) {
      if (code.startsWith('3')) colour = codes[Number(code.slice(1))]
      continue
    }
    const last = runs.at(-1)
    const blank = plain?.trim() === ''
    if (last && (last.colour === colour || blank)) last.text += plain
    else runs.push({ text: plain ?? '', colour: blank ? undefined : colour })
  }
  return runs.map((run) => [run.text, toPainter(run.colour)] as const)
}

/** The next of 1, 2, 5 × 10ⁿ above: a scale that seldom changes, with room over the peak. Never below `least`. */
export function niceMax(value: number, least: number): number {
  if (value < least) return least
  const power = 10 ** Math.floor(Math.log10(value))
  const factor = [2, 5].find((each) => each * power > value) ?? 10
  return factor * power
}
