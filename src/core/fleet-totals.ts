// The numbers of the whole fleet at a moment.

import { rateOver } from './arrivals.ts'
import { type Picture, share } from './fleet-picture.ts'
import { healths, needs } from './health.ts'
import { mostHeld } from './interned.ts'
import type { FleetTotals } from './view.ts'

const statusesMax = 12

export const totalsOf = (picture: Picture): FleetTotals => share(picture, 'totals', () => toTotals(picture))

function toTotals({ fleet, verdicts, now_ms }: Picture): FleetTotals {
  const byStatus = mostHeld(fleet.statuses, statusesMax)
  const named = byStatus.reduce((sum, [, count]) => sum + count, 0)
  const byHealth = { healthy: 0, late: 0, suspect: 0, unhealthy: 0, stopped: 0 }
  for (const [i, health] of healths.entries()) byHealth[health] = verdicts.by_health[i] as number
  const byNeeds = { unhealthy: 0, stuck: 0, waiting: 0, erroring: 0, finished: 0, gaps: 0 }
  for (const [i, need] of needs.entries()) if (need !== 'none') byNeeds[need] = verdicts.by_need[i] as number
  return {
    agents: fleet.ids.length,
    by_health: byHealth,
    by_needs: byNeeds,
    gaps: fleet.gaps,
    reorders: fleet.reorders,
    missing: fleet.missing,
    by_status: byStatus,
    other_statuses: fleet.ids.length - named,
    events: fleet.events,
    errors: fleet.errors,
    duplicates: fleet.duplicates,
    rate_1s: toTenths(rateOver(fleet.arrivals, now_ms, 1_000)),
    rate_10s: toTenths(rateOver(fleet.arrivals, now_ms, 10_000)),
    rate_60s: toTenths(rateOver(fleet.arrivals, now_ms, 60_000)),
  }
}

const toTenths = (value: number): number => Math.round(value * 10) / 10
