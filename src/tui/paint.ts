// The few colours of the screen, from the terminal's own palette, and none at all where colour is not wanted.

import { Chalk } from 'chalk'
import { isErrorStatus } from '../core/fleet.ts'
import type { Painter } from './line.ts'

export type Paint = Record<'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan' | 'inverse', Painter>

export function makePaint(color: boolean): Paint {
  const chalk = new Chalk({ level: color ? 1 : 0 })
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    red: (text) => chalk.red(text),
    yellow: (text) => chalk.yellow(text),
    green: (text) => chalk.green(text),
    cyan: (text) => chalk.cyan(text),
    inverse: (text) => chalk.inverse(text),
  }
}

/** A sign before the status, so that colour is never alone, and the colour where a person may be needed. */
export function statusSign(status: string, paint: Paint): { sign: string; paint?: Painter } {
  if (isErrorStatus(status)) return { sign: '✗', paint: paint.red }
  switch (status) {
    case 'waiting':
      return { sign: '?', paint: paint.yellow }
    case 'paused':
      return { sign: '‖', paint: paint.yellow }
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
