// Seconds that come in parts become one series without a gap and without a repeat.

import type { Series } from '../../core/view.ts'

const kept_s = 600

/** What neither has between the two counts as nothing. Without a new second it is `before` itself. */
export function addSeries(before: Series | null, fresh: Series): Series {
  if (before === null) return fresh
  if (toEnd(fresh) <= toEnd(before) && fresh.from_s >= before.from_s) return before
  const to_s = Math.max(toEnd(before), toEnd(fresh))
  const from_s = Math.max(Math.min(before.from_s, fresh.from_s), to_s - kept_s)
  const join = (old: number[] | undefined, more: number[] | undefined): number[] =>
    Array.from({ length: to_s - from_s }, (_, i) => {
      const second = from_s + i
      return more?.[second - fresh.from_s] ?? old?.[second - before.from_s] ?? 0
    })
  const statuses = new Set([...before.by_status, ...fresh.by_status].map(({ status }) => status))
  return {
    from_s,
    events: join(before.events, fresh.events),
    errors: join(before.errors, fresh.errors),
    lag_ms: join(before.lag_ms, fresh.lag_ms),
    agents: join(before.agents, fresh.agents),
    by_health: fresh.by_health.map((counts, health) => join(before.by_health[health], counts)),
    by_status: [...statuses].map((status) => ({
      status,
      agents: join(agentsOf(before, status), agentsOf(fresh, status)),
    })),
  }
}

const toEnd = ({ from_s, events }: Series): number => from_s + events.length

const agentsOf = ({ by_status }: Series, status: string): number[] | undefined =>
  by_status.find((each) => each.status === status)?.agents
