// /metrics for the whole daemon: the gateways share a port, so a scrape reaches one of them, which asks the others, the
// pulse and the aggregator.

import type { NatsConnection } from '@nats-io/nats-core'
import {
  AggregatorRegistry,
  Gauge,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client'
import type { StatusDocument } from '../../core/status.ts'
import { gatewayService } from './nats-service.ts'

export type MetricsJson = MetricObjectWithValues<MetricValue<string>>[]

/** The services of the NATS services API whose answers to STATS carry metrics. */
const measured = [gatewayService, 'beacon-pulse', 'beacon-aggregator']

/** After the last answer, and in all; a service that is too busy to answer is missing from this scrape only. */
const stall_ms = 80
const wait_ms_max = 1_000

type Measured = { instance: string; metrics: MetricsJson }

/** Of one daemon: what others on the same NATS tell is theirs to tell. */
export async function collectFleet(
  nc: NatsConnection,
  daemon_id: string,
  own: Measured,
  status: StatusDocument | undefined,
): Promise<string> {
  const answers = await Promise.all(measured.map((service) => ask(nc, service, daemon_id)))
  const byInstance = new Map([own, ...answers.flat()].map((each) => [each.instance, each.metrics]))
  const labelled = [...byInstance].map(([instance, metrics]) => withInstance(metrics, instance))
  return `${await AggregatorRegistry.aggregate([...labelled, await services(status)]).metrics()}\n`
}

type Stats = { metadata?: { daemon_id?: string }; endpoints?: { data?: Partial<Measured> }[] }

/** Nothing from a broker that is away: a gateway still tells its own numbers. */
async function ask(nc: NatsConnection, service: string, daemon_id: string): Promise<Measured[]> {
  const found: Measured[] = []
  try {
    const answers = await nc.requestMany(`$SRV.STATS.${service}`, '', {
      strategy: 'stall',
      stall: stall_ms,
      maxWait: wait_ms_max,
    })
    for await (const answer of answers) {
      const { metadata, endpoints } = answer.json<Stats>()
      if (metadata?.daemon_id !== undefined && metadata.daemon_id !== daemon_id) continue
      // Each endpoint carries the same.
      const { instance, metrics } = endpoints?.[0]?.data ?? {}
      if (instance !== undefined && metrics) found.push({ instance, metrics })
    }
  } catch {
    // What was heard until then counts.
  }
  return found
}

const withInstance = (metrics: MetricsJson, instance: string): MetricsJson =>
  metrics.map((metric) => ({
    ...metric,
    values: metric.values.map((value) => ({ ...value, labels: { ...value.labels, instance } })),
  }))

async function services(status: StatusDocument | undefined): Promise<MetricsJson> {
  const registry = new Registry()
  const up = new Gauge({
    name: 'beacon_service_up',
    help: '1 while a service does its work.',
    labelNames: ['service'],
    registers: [registry],
  })
  for (const { instance, state } of status ? [...status.services, status.broker] : [])
    up.set({ service: instance }, state === 'up' ? 1 : 0)
  return (await registry.getMetricsAsJSON()) as MetricsJson
}
