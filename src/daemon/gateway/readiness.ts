// Whether this gateway can accept: what it sees itself, and what the supervisor knows of archive and disk.

import type { StatusDocument } from '../../core/status.ts'
import type { Lanes } from './lanes.ts'
import type { ReadStream } from './read-stream.ts'

export type Readiness = { ready: boolean; reasons: string[] }

export type ReadinessSources = {
  lanes: Lanes
  readStream: ReadStream
  /** The watchtower's document. Rejects when no supervisor answers. */
  readStatus(): Promise<StatusDocument>
}

/** From here on the next batch may be one too many. */
const fullShare = 0.99

export async function readReadiness({ lanes, readStream, readStatus }: ReadinessSources): Promise<Readiness> {
  const blocked = lanes.blocked()
  if (blocked) return notReady([blocked.detail])
  const stream = await readStream().catch(() => undefined)
  if (!stream) return notReady(['the event stream does not answer'])
  const { bytes } = stream.state
  const { max_bytes } = stream.config
  if (max_bytes > 0 && bytes >= max_bytes * fullShare) {
    return notReady([`the event stream is full: ${bytes} of ${max_bytes} bytes`])
  }
  // Alone against a NATS there is no supervisor, and what it would know is not this gateway's to judge.
  const status = await readStatus().catch(() => undefined)
  return notReady(status?.not_ready_reasons ?? [])
}

const notReady = (reasons: string[]): Readiness => ({ ready: reasons.length === 0, reasons })
