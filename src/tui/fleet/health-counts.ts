// How many of the agents that match have each health: the totals tell it of all, the groups of those that match.

import { healths } from '../../core/health.ts'
import type { FleetFrame } from '../../core/view.ts'

/** In the order of `healths`; null when the frame does not tell. */
export function healthCounts({ groups, other_groups, totals }: FleetFrame, where: string): number[] | null {
  if (where === '') return healths.map((health) => totals.by_health[health])
  if (!groups || other_groups > 0) return null
  return healths.map((_, i) => groups.reduce((sum, { by_health }) => sum + (by_health[i] ?? 0), 0))
}
