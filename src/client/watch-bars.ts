// Hears the reports of one cluster as the stream republishes them.

import type { Msg, NatsConnection } from '@nats-io/nats-core'
import type { BarReport, StoredBar } from '../core/bar-report.ts'
import { backbeatSubjects } from '../core/pulse-document.ts'

/** Until the function that it returns is called. */
export function watchBars(nc: NatsConnection, cluster: string, onBar: (bar: StoredBar) => void): () => void {
  const subscription = nc.subscribe(backbeatSubjects(cluster).bar, {
    callback(error, message) {
      const bar = error ? undefined : toStoredBar(message)
      if (bar) onBar(bar)
    },
  })
  return () => subscription.unsubscribe()
}

/** The stream says in a header where it stored what it republishes. Nothing else than a report is let through. */
function toStoredBar(message: Msg): StoredBar | undefined {
  const seq = Number(message.headers?.get('Nats-Sequence') ?? Number.NaN)
  try {
    const report = message.json<BarReport>()
    return Number.isInteger(seq) ? { ...report, seq } : undefined
  } catch {
    return undefined
  }
}
