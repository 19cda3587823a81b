// The pulse: one of a cluster leads and sends the beat, the others follow it and take over when it is lost.

import { randomInt } from 'node:crypto'
import { hostname, setPriority } from 'node:os'
import { StorageType } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { systemClock } from '../../client/beat-feed.ts'
import { connectBroker } from '../../client/connect.ts'
import { inboxPrefix } from '../../client/endpoints.ts'
import { backbeatSubjects, type PulseDocument } from '../../core/pulse-document.ts'
import { isLeading, makePulseNode } from '../../core/pulse-node.ts'
import { toPulseDocument } from '../../core/pulse-status.ts'
import type { MetricsJson } from '../gateway/fleet-metrics.ts'
import { runWhileHolding } from '../lease.ts'
import type { Service, ServiceContext, ServiceStats } from '../service.ts'
import { hearFrames } from './hear-frames.ts'
import { makePulseCounts, type PulseCounts } from './pulse-counts.ts'
import { makePulseRunner } from './pulse-runner.ts'
import { servePulse } from './pulse-service.ts'
import { openPulseStore } from './pulse-store.ts'
import { makeTempoDesk } from './tempo-desk.ts'

export type PulseSettings = typeof pulseDefaults

export const pulseDefaults = {
  /** How long the beat may be away when its leader died. */
  lease_ttl_ms: 1_500,
  /** A release is heard at once; this is for a leader that went without a word. */
  lease_retry_ms: 100,
  /** Of the first question, what is known of the beat. */
  ask_timeout_ms: 250,
}

export const leaseBucket = 'backbeat_leases'

const version = '1.0.0'

export const runPulse: Service = (context) => runPulseWith(pulseDefaults, context)

export async function runPulseWith(settings: PulseSettings, context: ServiceContext): Promise<void> {
  const { instance, daemon_id, config, nats_url, log, signal, ready, report } = context
  goFirst()
  const { cluster, beats_per_bar } = config
  const nc = await connectBroker({ url: nats_url, name: instance, inbox_prefix: inboxPrefix('service') })
  const store = await openPulseStore(nc, cluster)
  const node = makePulseNode({
    cluster_id: cluster,
    name: `${hostname()}/${daemon_id}/${process.pid}`,
    bpm: config.tempo_bpm,
    beats_per_bar,
    hlc_node: randomInt(2 ** 16),
    version,
  })
  const counts = makePulseCounts()
  const desk = makeTempoDesk()
  const status = (): PulseDocument | undefined => toPulseDocument(node, systemClock())
  const runner = makePulseRunner({
    nc,
    node,
    store,
    counts,
    desk,
    recall: async () => null,
    clock: systemClock,
    log,
  })

  const frames = hearFrames(nc, cluster, (frame, note) => runner.take({ kind: 'heard', frame, note }))
  void askStatus(nc, cluster, settings.ask_timeout_ms).then(
    (document) => document && runner.take({ kind: 'told', document }),
  )
  const service = await servePulse({
    nc,
    version,
    instance,
    daemon_id,
    cluster_id: cluster,
    metrics: async () => (await counts.registry.getMetricsAsJSON()) as MetricsJson,
    status() {
      const document = status()
      return document && (isLeading(node) || document.degraded) ? document : undefined
    },
    setTempo(bpm) {
      if (!isLeading(node)) return undefined
      const { id, answer } = desk.open()
      runner.take({ kind: 'tempo', id, bpm })
      return answer
    },
  })
  ready()

  const reporting = setInterval(() => report(toStats(status(), isLeading(node), counts)), 1_000)
  await runWhileHolding(
    {
      nc,
      bucket: leaseBucket,
      key: `pulse.${cluster}`,
      owner: node.options.name,
      ttl_ms: settings.lease_ttl_ms,
      storage: StorageType.Memory,
      retry_ms: () => settings.lease_retry_ms,
      signal,
      onError: (err) => log.warn({ err }, 'the pulse cannot lead now'),
    },
    runner.lead,
  )
  clearInterval(reporting)
  frames.unsubscribe()
  runner.close()
  await service.stop()
  await nc.close()
}

/** What the leader knows, or those that follow without one. */
async function askStatus(
  nc: NatsConnection,
  cluster: string,
  timeout: number,
): Promise<PulseDocument | undefined> {
  const answer = await nc.request(backbeatSubjects(cluster).status, '', { timeout }).catch(() => undefined)
  return answer?.json<PulseDocument>()
}

/** Where the system lets it, a beat comes before other work of the machine. */
function goFirst(): void {
  try {
    setPriority(-10)
  } catch {
    // Not root.
  }
}

function toStats(document: PulseDocument | undefined, leader: boolean, counts: PulseCounts): ServiceStats {
  counts.set(leader, document?.tempo_bpm ?? 0)
  return {
    leader,
    epoch: document?.epoch ?? 0,
    beat_index: document?.beat_index ?? null,
    tempo_bpm: document?.tempo_bpm ?? null,
    beats_per_bar: document?.beats_per_bar ?? null,
    jitter_p95_ms: document?.jitter_ms?.p95 ?? null,
    beats_total: counts.beats(),
    degraded: document?.degraded ?? true,
    drift_ms: document?.drift_ms ?? 0,
    takeovers: counts.takeovers(),
  }
}
