// A frame of a terminal as an SVG: runs of equal style as text of a fixed length, so that columns meet in any font.

import { cell, isUniform, type Shape, toShape } from './cell-shapes.ts'

/** Colours are `#rrggbb`; null is the terminal's own. Inverse is already carried out. */
export type Style = {
  fg: string | null
  bg: string | null
  bold: boolean
  dim: boolean
  italic: boolean
  underline: boolean
}

/** `width` 0 follows a character of width 2. An empty text is a blank. */
export type Cell = { text: string; width: number; style: Style }
export type Frame = Cell[][]

export const colours = { background: '#0f141a', foreground: '#c9d1d9' } as const
const margin = 12
const fonts = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
/** Advance of a monospaced character is 0.6 em in nearly every font. */
const fontSize_px = Math.round((cell.width / 0.6) * 10) / 10
const baseline = 15

/** `title` is read out in place of the picture. */
export function frameToSvg(frame: Frame, title: string): string {
  const columns = Math.max(0, ...frame.map((row) => row.reduce((sum, { width }) => sum + width, 0)))
  const classes = new Map<string, string>()
  const toClass = (css: string): string => {
    const known = classes.get(css)
    if (known !== undefined) return known
    const name = toName(classes.size)
    classes.set(css, name)
    return name
  }
  const drawn = frame.map((row, y) => rowToSvg(row, y * cell.height, toClass)).filter((text) => text !== '')
  const styles = [...classes].map(([css, name]) => `.${name}{${css}}`).join('')
  const width = columns * cell.width + 2 * margin
  const height = frame.length * cell.height + 2 * margin
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-margin} ${-margin} ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>text{font-size:${fontSize_px}px;font-family:${fonts}}${styles}</style>`,
    `<rect x="${-margin}" y="${-margin}" width="${width}" height="${height}" rx="8" fill="${colours.background}"/>`,
    ...drawn,
    '</svg>\n',
  ].join('\n')
}

/** The style of what is drawn, and of what is behind it. */
function rowToSvg(row: Cell[], y: number, toClass: (css: string) => string): string {
  const backgrounds: string[] = []
  const front: string[] = []
  let x = 0
  for (let at = 0; at < row.length; ) {
    const { style } = row[at] as Cell
    let end = at
    while (end < row.length && sameStyle((row[end] as Cell).style, style)) end++
    const run = row.slice(at, end)
    const width = run.reduce((sum, each) => sum + each.width, 0) * cell.width
    if (style.bg !== null) {
      backgrounds.push(
        `<path class="${toClass(`fill:${style.bg}`)}" d="M${x} ${y}h${width}v${cell.height}h${-width}z"/>`,
      )
    }
    front.push(...runToSvg(run, x, y, style, toClass))
    x += width
    at = end
  }
  return [...backgrounds, ...front].join('')
}

function runToSvg(
  run: Cell[],
  x: number,
  y: number,
  style: Style,
  toClass: (css: string) => string,
): string[] {
  const parts: string[] = []
  const paths = new Map<string, string>()
  for (const piece of toPieces(run, x, y)) {
    if ('shape' in piece) {
      const css = toShapeCss(piece.shape, style)
      paths.set(css, (paths.get(css) ?? '') + piece.shape.d)
    } else {
      const length = piece.columns * cell.width
      parts.push(
        `<text class="${toClass(toTextCss(style))}" x="${piece.x}" y="${y + baseline}" textLength="${length}">${escapeXml(piece.text)}</text>`,
      )
    }
  }
  for (const [css, d] of paths) parts.push(`<path class="${toClass(css)}" d="${d}"/>`)
  return parts
}

type Piece = { shape: Shape } | { text: string; x: number; columns: number }

/** Words with single blanks between them, and shapes. A wide character stands alone, since fonts differ about its width. */
function* toPieces(run: Cell[], from: number, y: number): Generator<Piece> {
  let x = from
  let word: { text: string; x: number; columns: number } | undefined
  let gap = 0
  for (let at = 0; at < run.length; at++) {
    const { text, width } = run[at] as Cell
    if (width === 0) continue
    if (isBlank(text)) {
      gap++
      x += width * cell.width
      continue
    }
    const same = isUniform(text) ? countSame(run, at) : 1
    const shape = toShape(text, x, y, same)
    if (word && (shape || gap > 1 || width > 1)) {
      yield word
      word = undefined
    }
    if (shape) {
      yield { shape }
      at += same - 1
    } else if (width > 1) yield { text, x, columns: width }
    else if (word) {
      word.text += `${gap > 0 ? ' ' : ''}${text}`
      word.columns += gap + 1
    } else word = { text, x, columns: 1 }
    gap = 0
    x += same * width * cell.width
  }
  if (word) yield word
}

const isBlank = (text: string): boolean => text === '' || text === ' '

function countSame(run: Cell[], at: number): number {
  let end = at + 1
  while (run[end]?.text === run[at]?.text) end++
  return end - at
}

const sameStyle = (a: Style, b: Style): boolean =>
  a === b ||
  (a.fg === b.fg &&
    a.bg === b.bg &&
    a.bold === b.bold &&
    a.dim === b.dim &&
    a.italic === b.italic &&
    a.underline === b.underline)

const dimOpacity = 0.6
const colourOf = (style: Style): string => style.fg ?? colours.foreground

function toTextCss(style: Style): string {
  return [
    `fill:${colourOf(style)}`,
    style.bold ? ';font-weight:bold' : '',
    style.dim ? `;opacity:${dimOpacity}` : '',
    style.italic ? ';font-style:italic' : '',
    style.underline ? ';text-decoration:underline' : '',
  ].join('')
}

function toShapeCss(shape: Shape, style: Style): string {
  const opacity = (style.dim ? dimOpacity : 1) * (shape.kind === 'fill' ? shape.opacity : 1)
  const seen = opacity === 1 ? '' : `;opacity:${opacity}`
  if (shape.kind === 'fill') return `fill:${colourOf(style)}${seen}`
  const width = shape.kind === 'dots' ? '2.4;stroke-linecap:round' : '1.2'
  return `fill:none;stroke:${colourOf(style)};stroke-width:${width}${seen}`
}

/** `a` to `z`, then `aa` and on. */
const toName = (n: number): string =>
  (n < 26 ? '' : toName(Math.floor(n / 26) - 1)) + String.fromCharCode(97 + (n % 26))

/** Characters that XML 1.0 does not have become the replacement character. */
export const escapeXml = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to be replaced
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
