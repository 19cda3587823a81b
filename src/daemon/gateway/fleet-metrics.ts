// /metrics for the whole fleet: the gateways share a port, so a scrape reaches one of them, which asks the others.

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

/** After the last answer, and in all; a gateway that is too busy to answer is missing from this scrape only. */
const stall_ms = 80
const wait_ms_max = 1_000

export async function collectFleet(
  nc: NatsConnection,
  own: { instance: string; metrics: MetricsJson },
  status: StatusDocument | undefined,
): Promise<string> {
  const byInstance = new Map([[own.instance, own.metrics]])
  try {
    const answers = await nc.requestMany(`$SRV.STATS.${gatewayService}`, '', {
      strategy: 'stall',
      stall: stall_ms,
      maxWait: wait_ms_max,
    })
    for await (const answer of answers) {
      for (const { data } of answer.json<{ endpoints?: Stats[] }>().endpoints ?? []) {
        if (data?.instance) byInstance.set(data.instance, data.metrics)
      }
    }
  } catch {
    // Without the broker a gateway still tells its own numbers.
  }
  const labelled = [...byInstance].map(([instance, metrics]) => withInstance(metrics, instance))
  return `${await AggregatorRegistry.aggregate([...labelled, await services(status)]).metrics()}\n`
}

type Stats = { data?: { instance: string; metrics: MetricsJson } }

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
