// The historian: answers questions about the past, in a process of its own, so that scanning and folding what was delay
// nothing that is. It reads the archive, the checkpoints and the end of the stream, and writes nothing.

import { connectBroker } from '../../client/connect.ts'
import type { Service } from '../service.ts'
import { startHistoryService } from './history-service.ts'

const report_ms = 1_000
/** Kept free in an answer for what is around it. */
const margin_bytes = 4 * 1024
const payload_max = 1024 * 1024

export const runHistorian: Service = async (context) => {
  const { home, log, signal } = context
  const nc = await connectBroker({ url: context.nats_url, name: context.instance, timeout_ms: 5_000 })
  const bytes_max = (nc.info?.max_payload ?? payload_max) - margin_bytes
  const service = await startHistoryService(
    nc,
    async () => (await import('./history.ts')).openHistory({ nc, home, log, signal, bytes_max }),
    log,
  )
  const timer = setInterval(() => context.report(service.stats()), report_ms)
  try {
    context.report(service.stats())
    context.ready()
    if (!signal.aborted)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    await service.stop()
  } finally {
    clearInterval(timer)
    await nc
      .drain()
      .catch((error: unknown) => log.warn({ error: String(error) }, 'the connection did not drain'))
  }
}
