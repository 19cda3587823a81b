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

/** What a service tells beside the usual statistics. Several daemons may share a NATS. */
export type Measured = { instance: string; daemon_id?: string; metrics: MetricsJson }

/** Of one daemon: what others on the same NATS tell is theirs to tell. */
export async function collectFleet(
  nc: NatsConnection,
  own: Measured,
  status: StatusDocument | undefined,
): Promise<string> {
  const answers = await Promise.all(measured.map((service) => ask(nc, service)))
  const mine = [own, ...answers.flat()].filter(({ daemon_id = own.daemon_id }) => daemon_id === own.daemon_id)
  const byInstance = new Map(mine.map(({ instance, metrics }) => [instance, metrics]))
  const labelled = [...byInstance].map(([instance, metrics]) => withInstance(metrics, instance))
  return `${await AggregatorRegistry.aggregate([...labelled, await services(status)]).metrics()}\n`
}

/** Of each endpoint, or of one of them. */
type Stats = { endpoints?: { data?: Measured | null }[] }

/** Nothing from a broker that is away: a gateway still tells its own numbers. */
async function ask(nc: NatsConnection, service: string): Promise<Measured[]> {
  const found: Measured[] = []
  try {
    const answers = await nc.requestMany(`$SRV.STATS.${service}`, '', {
      strategy: 'stall',
      stall: stall_ms,
      maxWait: wait_ms_max,
    })
    for await (const answer of answers) {
      const [told] = (answer.json<Stats>().endpoints ?? []).flatMap(({ data }) => data ?? [])
      if (told) found.push(told)
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
