// The agent that a mistyped id most likely meant.

import type { NatsConnection } from '@nats-io/nats-core'
import { fetchFrame } from '../client/view-client.ts'
import { quoteText } from '../core/expression.ts'
import { nearest } from '../core/nearest.ts'
import { viewLimits } from '../core/view.ts'

/** Looks among ids that begin alike, less and less so: a few small questions, whatever the size of the fleet. */
export async function nearestAgent(nc: NatsConnection, id: string): Promise<string | undefined> {
  const chars = [...id]
  for (const length of [Math.ceil(chars.length / 2), 1, 0]) {
    const where = `agent:~${toPattern(chars.slice(0, length).join(''))}`
    const { rows } = await fetchFrame(nc, {
      where,
      columns: ['agent'],
      sort: 'agent',
      limit: viewLimits.rows_max,
      newest: 0,
    })
    const ids = rows.map(([agent]) => String(agent))
    const meant = ids.find((each) => each.startsWith(id)) ?? nearest(id, ids)
    if (meant !== undefined) return meant
  }
  return undefined
}

/** Every character stands for itself. */
const toPattern = (text: string): string => quoteText(`^${text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`)
