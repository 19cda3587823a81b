// The pulse: one of a cluster leads and sends the beat, the others follow it and take over when it is lost.

import { randomInt } from 'node:crypto'
import { hostname, setPriority } from 'node:os'
import { StorageType } from '@nats-io/jetstream'
import type { Logger } from 'pino'
import { systemClock } from '../../client/beat-feed.ts'
import { connectBroker } from '../../client/connect.ts'
import { inboxPrefix } from '../../client/endpoints.ts'
import { readBeatMessage } from '../../client/read-beat-message.ts'
import { backbeatSubjects, type PulseDocument, parsePulseDocument } from '../../core/pulse-document.ts'
import { isLeading, makePulseNode } from '../../core/pulse-node.ts'
import { toPulseDocument } from '../../core/pulse-status.ts'
import type { MetricsJson } from '../gateway/fleet-metrics.ts'
import { runWhileHolding } from '../lease.ts'
import type { Service, ServiceContext, ServiceStats } from '../service.ts'
import { makePulseCounts, type PulseCounts } from './pulse-counts.ts'
import { makePulseRunner } from './pulse-runner.ts'
import { servePulse } from './pulse-service.ts'
import { openPulseStore } from './pulse-store.ts'
import { recallState } from './recall-state.ts'
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
  const { instance, daemon_id, home, config, nats_url, log, signal, ready, report } = context
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
    recall: () => recallState({ home, cluster_id: cluster, now_ms: Date.now() }),
    counts,
    desk,
    clock: systemClock,
    log,
  })

  const subjects = backbeatSubjects(cluster)
  const frames = nc.subscribe(subjects.beat, {
    callback(error, message) {
      const heard = error ? undefined : readBeatMessage(message)
      if (heard?.ok) runner.take({ kind: 'heard', ...heard.value })
    },
  })
  // What the leader knows: at a slow tempo the next frame is minutes away.
  void nc.request(subjects.status, '', { timeout: settings.ask_timeout_ms }).then(
    (answer) => {
      const document = parsePulseDocument(answer.json())
      if (document.ok) runner.take({ kind: 'told', document: document.value })
    },
    () => {},
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

  const warn = makeBarWarning(beats_per_bar, log)
  const reporting = setInterval(() => {
    const document = status()
    if (document) warn(document.beats_per_bar)
    report(toStats(document, isLeading(node), counts))
  }, 1_000)
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

/** Where the system lets it, a beat comes before other work of the machine. */
function goFirst(): void {
  try {
    setPriority(-10)
  } catch {
    // Not root.
  }
}

/** A bar's length is fixed with the first beat of a cluster. */
function makeBarWarning(setting: number, log: Logger): (beats_per_bar: number) => void {
  let warned = false
  return (beats_per_bar) => {
    if (warned || beats_per_bar === setting) return
    warned = true
    log.warn(
      { setting, beats_per_bar },
      'the setting beats_per_bar has no effect: the cluster has other bars',
    )
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
