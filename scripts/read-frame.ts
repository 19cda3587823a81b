// What a terminal shows, as a frame: its cells with their colours, as a person sees them.

import type { IBufferCell, Terminal } from '@xterm/headless'
import { type Cell, colours, type Frame, type Style } from './frame-to-svg.ts'

/** The 16 colours of a dark terminal. */
const palette = [
  ['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'],
  ['#6e7681', '#ffa198', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#f0f6fc'],
].flat()

export function readFrame(terminal: Terminal): Frame {
  const { active } = terminal.buffer
  return Array.from({ length: terminal.rows }, (_, y) => {
    const line = active.getLine(active.baseY + y)
    return Array.from({ length: terminal.cols }, (_, x) => toCell(line?.getCell(x)))
  })
}

const plain: Style = { fg: null, bg: null, bold: false, dim: false, italic: false, underline: false }

function toCell(cell: IBufferCell | undefined): Cell {
  if (!cell) return { text: '', width: 1, style: plain }
  const text = cell.isInvisible() ? '' : cell.getChars()
  return { text, width: cell.getWidth(), style: cell.isAttributeDefault() ? plain : toStyle(cell) }
}

function toStyle(cell: IBufferCell): Style {
  const fg = cell.isFgDefault() ? null : toColour(cell.isFgRGB(), cell.getFgColor())
  const bg = cell.isBgDefault() ? null : toColour(cell.isBgRGB(), cell.getBgColor())
  const inverse = cell.isInverse() !== 0
  return {
    fg: inverse ? (bg ?? colours.background) : fg,
    bg: inverse ? (fg ?? colours.foreground) : bg,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
  }
}

/** The levels of the 6×6×6 cube of xterm's 256 colours. */
const cube = [0, 95, 135, 175, 215, 255]

export function toColour(isRgb: boolean, value: number): string {
  if (isRgb) return hex(value >> 16, (value >> 8) & 255, value & 255)
  if (value < 16) return palette[value] as string
  if (value >= 232) return hex(...([8, 8, 8].map((base) => base + (value - 232) * 10) as Rgb))
  const n = value - 16
  return hex(...([Math.floor(n / 36), Math.floor(n / 6) % 6, n % 6].map((i) => cube[i]) as Rgb))
}

type Rgb = [number, number, number]
const hex = (...rgb: Rgb): string => `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`
