// How things look: a few meanings, each with a style per theme, and the signs that say the same without colour.

import { Chalk } from 'chalk'
import { isErrorStatus } from '../core/fleet.ts'
import type { Health, Need } from '../core/health.ts'
import type { Painter } from './line.ts'

export const themeNames = ['dark', 'light', 'contrast', 'mono'] as const
export type ThemeName = (typeof themeNames)[number]

/** Meanings, not colours. `normal` is the terminal's own. */
export type Paint = Record<'bold' | 'dim' | 'good' | 'warn' | 'bad' | 'accent' | 'inverse', Painter> & {
  /** A colour of the ramp from 0 (cold) to 8 (hot), for heatmaps. */
  heat(level: number): Painter
  glyphs: Glyphs
}

export type Glyphs = {
  rule: string
  selected: string
  marked: string
  /** Eight steps and nothing, for sparklines and bars. */
  bars: string
  health: Record<Health, string>
  needs: Record<Need, string>
  /** A heatmap cell of each health. */
  cells: Record<Health, string>
}

const unicode: Glyphs = {
  rule: '─',
  selected: '▌',
  marked: '◆',
  bars: ' ▁▂▃▄▅▆▇█',
  health: { healthy: '●', late: '◔', suspect: '◑', unhealthy: '✗', stopped: '■' },
  needs: { none: ' ', unhealthy: '✗', stuck: '◑', waiting: '?', erroring: '!', finished: '✓', gaps: '≠' },
  cells: { healthy: '█', late: '▓', suspect: '▒', unhealthy: '✗', stopped: '·' },
}

const ascii: Glyphs = {
  rule: '-',
  selected: '>',
  marked: '*',
  bars: ' .:-=+*#@',
  health: { healthy: 'o', late: 'l', suspect: 's', unhealthy: 'X', stopped: '.' },
  needs: { none: ' ', unhealthy: 'X', stuck: 's', waiting: '?', erroring: '!', finished: 'v', gaps: '#' },
  cells: { healthy: '#', late: 'l', suspect: 's', unhealthy: 'X', stopped: '.' },
}

export type PaintOptions = { color: boolean; theme: ThemeName; ascii: boolean }

export function makePaint({ color, theme, ascii: plain }: PaintOptions): Paint {
  const chalk = new Chalk({ level: color && theme !== 'mono' ? 1 : 0 })
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    good: (text) => chalk.green(text),
    warn: (text) => chalk.yellow(text),
    bad: (text) => chalk.red(text),
    accent: (text) => chalk.cyan(text),
    inverse: (text) => chalk.inverse(text),
    heat: (level) => (level > 6 ? chalk.red : level > 3 ? chalk.yellow : chalk.green),
    glyphs: plain ? ascii : unicode,
  }
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
