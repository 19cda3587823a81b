// The bare broker's rate: the gateway's own publisher and batches into a stream, one consumer that does nothing.
// What Beacon reaches is read against this, so that the ratio holds on any machine.

import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { jetstreamManager } from '@nats-io/jetstream'
import { connectBroker } from '../client/connect.ts'
import { inboxPrefix } from '../client/endpoints.ts'
import type { Durability } from '../core/config.ts'
import { toEventSubject } from '../core/subjects.ts'
import { watchDisconnects } from '../daemon/stream/disconnects.ts'
import { ensureStreams } from '../daemon/stream/ensure-streams.ts'
import { makePublisher } from '../daemon/stream/publish-batch.ts'

const batch = 1_000
const lanes = 2

/** Events per second from publish to the consumer, with `line`-sized messages over 50,000 subjects. */
export async function benchBroker(
  url: string,
  durability: Durability,
  events: number,
  line: string,
): Promise<number> {
  const nc = await connectBroker({ url, name: 'bench-broker', inbox_prefix: inboxPrefix('service') })
  const jsm = await jetstreamManager(nc)
  await ensureStreams(jsm, { max_bytes: 4_000_000_000, atomic: true, first_seq: 1, now_ms: Date.now() })
  const entry = new URL(`./bench-consumer${extname(fileURLToPath(import.meta.url))}`, import.meta.url)
  const consumer = new Worker(entry, { workerData: { url, count: events } })
  const said = (word: string): Promise<void> =>
    new Promise((resolve, reject) => {
      consumer.on('message', (message) => {
        if (message === word) resolve()
      })
      consumer.once('error', reject)
    })
  const done = said('done')
  await said('ready')
  const publisher = makePublisher({
    nc,
    disconnects: watchDisconnects(nc),
    id: 'bench',
    ack_timeout_ms: 10_000,
  })
  const bytes = Buffer.byteLength(line)
  const started = performance.now()
  let sent = 0
  const lane = async (): Promise<void> => {
    while (sent < events) {
      const size = Math.min(batch, events - sent)
      const first = sent
      sent += size
      const messages = Array.from({ length: size }, (_, i) => {
        const subject = toEventSubject(`agent-${String((first + i) % 50_000).padStart(5, '0')}`, 12)
        return { subject, line, bytes }
      })
      const send = durability === 'durable' ? publisher.publishBatch : publisher.publishPlain
      const { failure } = await send(messages)
      if (failure) throw new Error(`the bare broker refused a batch: ${failure.detail}`)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  await done
  const elapsed_s = (performance.now() - started) / 1_000
  publisher.close()
  await nc.close()
  await consumer.terminate()
  return Math.round(events / elapsed_s)
}
