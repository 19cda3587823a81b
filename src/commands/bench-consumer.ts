// The bare consumer of `beacon bench ingest`: a thread of its own that reads a stream and does nothing else.

import { parentPort, workerData } from 'node:worker_threads'
import { connectBroker } from '../client/connect.ts'
import { openEventFeed } from '../client/event-feed.ts'

const { url, count } = workerData as { url: string; count: number }

const nc = await connectBroker({ url, name: 'bench-consumer', inbox_prefix: '_INBOX_service' })
const feed = await openEventFeed(nc, { from: 1, signal: new AbortController().signal })
parentPort?.postMessage('ready')
let read = 0
while (read < count) {
  const messages = await feed.next()
  read += messages?.length ?? 0
}
parentPort?.postMessage('done')
await nc.close()
