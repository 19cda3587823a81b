// How things look: a painter for each meaning, in the colours of a theme, and the signs that say the same without colour.

import { Chalk, type ChalkInstance, type ForegroundColorName } from 'chalk'
import { isErrorStatus } from '../core/fleet.ts'
import type { Health, Need } from '../core/health.ts'
import type { Painter } from './line.ts'
import { type Meaning, type Style, type ThemeName, themes } from './themes.ts'

export { type ThemeName, themeNames } from './themes.ts'

/** Meanings, not colours. `normal` is the terminal's own. */
export type Paint = Record<Meaning, Painter> & {
  /** A colour of the ramp from 0 (cold) to 8 (hot), for heatmaps. */
  heat(level: number): Painter
  glyphs: Glyphs
  /** Only ASCII may reach the terminal. */
  ascii: boolean
}

export type Glyphs = {
  rule: string
  selected: string
  marked: string
  /** The order of a column: small values first, or large ones. */
  rising: string
  falling: string
  /** Before the tempo. */
  beat: string
  /** What is done of something, and what is to come. */
  full: string
  empty: string
  /** A beat in each of its phases: the later, the more ink. */
  phases: readonly [plan: string, execute: string, review: string]
  /** The cursor in a heatmap. */
  cursor: string
  /** Eight steps and nothing, for sparklines and bars. */
  bars: string
  health: Record<Health, string>
  needs: Record<Need, string>
  /** A heatmap cell of each health: the worse, the more ink. */
  cells: Record<Health, string>
}

const unicode: Glyphs = {
  rule: '─',
  selected: '▌',
  marked: '◆',
  rising: '▲',
  falling: '▼',
  beat: '♩',
  full: '▮',
  empty: '▯',
  phases: ['░', '▒', '▓'],
  cursor: '◉',
  bars: ' ▁▂▃▄▅▆▇█',
  health: { healthy: '●', late: '◔', suspect: '◑', unhealthy: '✗', stopped: '■' },
  needs: { none: ' ', unhealthy: '✗', stuck: '◑', waiting: '?', erroring: '!', finished: '✓', gaps: '≠' },
  cells: { healthy: '▪', late: '▒', suspect: '▓', unhealthy: '█', stopped: '·' },
}

const ascii: Glyphs = {
  rule: '-',
  selected: '>',
  marked: '*',
  rising: '^',
  falling: 'v',
  beat: 'bpm ',
  full: '#',
  empty: '.',
  phases: ['-', '+', '%'],
  cursor: '@',
  bars: ' .:-=+*#@',
  health: { healthy: 'o', late: 'l', suspect: 's', unhealthy: 'X', stopped: '.' },
  needs: { none: ' ', unhealthy: 'X', stuck: 's', waiting: '?', erroring: '!', finished: 'v', gaps: '#' },
  cells: { healthy: '-', late: 'l', suspect: 's', unhealthy: 'X', stopped: '.' },
}

export type PaintOptions = {
  /** False: no escape sequence at all. */
  color: boolean
  theme: ThemeName
  ascii: boolean
  /** What the terminal can: 16 colours, or 256. */
  level?: 1 | 2
}

export function makePaint({ color, theme, ascii: plain, level = 1 }: PaintOptions): Paint {
  const chalk = new Chalk({ level: color ? level : 0 })
  const { basic, rich, heat } = themes[theme]
  const paint = {} as Record<Meaning, Painter>
  for (const meaning of Object.keys(basic) as Meaning[])
    paint[meaning] = toPainter(chalk, (level > 1 ? rich[meaning] : undefined) ?? basic[meaning])
  const ramp = (level > 1 ? heat.rich : heat.basic).map((style) => toPainter(chalk, style))
  return {
    ...paint,
    heat: (step) => ramp[Math.max(0, Math.min(ramp.length - 1, Math.round(step)))] ?? unpainted,
    glyphs: plain ? ascii : unicode,
    ascii: plain,
  }
}

const unpainted: Painter = (text) => text

function toPainter(chalk: ChalkInstance, style: Style): Painter {
  if (style.length === 0 || chalk.level === 0) return unpainted
  let painter = chalk
  for (const name of style)
    painter = name.startsWith('#') ? painter.hex(name) : painter[name as ForegroundColorName]
  return (text) => painter(text)
}

/** A sign before the status, so that colour is never alone, and the colour where a person may be needed. */
export function statusSign(status: string, paint: Paint): { sign: string; paint?: Painter } {
  if (isErrorStatus(status)) return { sign: '✗', paint: paint.bad }
  switch (status) {
    case 'waiting':
      return { sign: '?', paint: paint.warn }
    case 'paused':
      return { sign: '‖', paint: paint.warn }
    case 'running':
      return { sign: '●' }
    case 'completed':
    case 'done':
      return { sign: '✓', paint: paint.dim }
    case 'idle':
      return { sign: '○', paint: paint.dim }
    default:
      return { sign: '·' }
  }
}
