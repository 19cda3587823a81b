// The colours of health and need: what is normal is dim, what needs the eye is not.

import type { Health, Need } from '../../core/health.ts'
import type { Painter } from '../line.ts'
import type { Paint } from '../paint.ts'

export function healthPainter(health: Health, paint: Paint): Painter | undefined {
  switch (health) {
    case 'unhealthy':
      return paint.bad
    case 'suspect':
    case 'late':
      return paint.warn
    case 'healthy':
    case 'stopped':
      return paint.dim
  }
}

export function needPainter(need: Need, paint: Paint): Painter | undefined {
  switch (need) {
    case 'unhealthy':
    case 'erroring':
      return paint.bad
    case 'stuck':
    case 'waiting':
    case 'gaps':
      return paint.warn
    case 'finished':
      return paint.good
    case 'none':
      return paint.dim
  }
}
