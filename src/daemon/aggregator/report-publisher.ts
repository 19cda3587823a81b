// Stores reports in the stream, in their order, until the broker says that it has them. Nobody waits for it.

import { setTimeout as sleep } from 'node:timers/promises'
import { jetstream, type PubAck } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import type { Logger } from 'pino'
import { type BarReport, barSubjects } from '../../core/bar-report.ts'
import { type Outgoing, type Reverb, removeOutgoing } from '../../core/reverb.ts'
import { isConnected } from '../stream/publish-frames.ts'

export type ReportPublisher = {
  /** Call when something was put into the outbox. */
  wake(): void
  close(): void
}

export type ReportPublisherOptions = {
  nc: NatsConnection
  reverb: Reverb
  log: Logger
  /** `first`: no other aggregator was quicker. */
  onStored(outgoing: Outgoing, first: boolean): void
}

const ack_timeout_ms = 2_000
const retry_ms = 100

export function makeReportPublisher(options: ReportPublisherOptions): ReportPublisher {
  const { nc, reverb, log, onStored } = options
  const { outbox } = reverb
  const js = jetstream(nc)
  const subject = `${barSubjects.stored}.${reverb.cluster_id}`
  let running = false
  let closed = false
  let failed = false

  async function send(): Promise<void> {
    for (let outgoing = outbox[0]; outgoing && !closed; outgoing = outbox[0]) {
      const stored = await store(outgoing.report)
      if (stored) {
        removeOutgoing(reverb, outgoing)
        onStored(outgoing, !stored.duplicate)
      } else await sleep(retry_ms)
    }
  }

  /** Undefined when the broker did not say that it has it. */
  async function store(report: BarReport): Promise<PubAck | undefined> {
    // What is published while disconnected is thrown away.
    if (!isConnected(nc)) return undefined
    try {
      const ack = await js.publish(subject, JSON.stringify(report), {
        msgID: `${report.window_id}.${report.revision}`,
        timeout: ack_timeout_ms,
      })
      failed = false
      return ack
    } catch (error) {
      if (!failed) log.warn({ error: String(error) }, 'a report is not stored yet; it is tried again')
      failed = true
      return undefined
    }
  }

  return {
    wake() {
      if (running || closed) return
      running = true
      void send().finally(() => {
        running = false
      })
    },
    close() {
      closed = true
    },
  }
}
