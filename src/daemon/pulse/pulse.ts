// The pulse: one of a cluster leads and sends the beat, the others follow it and take over when it is lost.

import { randomInt } from 'node:crypto'
import { hostname, setPriority } from 'node:os'
import { StorageType } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import type { Logger } from 'pino'
import { askPulse } from '../../client/ask-pulse.ts'
import { systemClock } from '../../client/beat-feed.ts'
import { connectBroker } from '../../client/connect.ts'
import { inboxPrefix } from '../../client/endpoints.ts'
import { readBeatMessage } from '../../client/read-beat-message.ts'
import { backbeatSubjects, type PulseDocument } from '../../core/pulse-document.ts'
import { isLeading, makePulseNode } from '../../core/pulse-node.ts'
import { toPulseDocument } from '../../core/pulse-status.ts'
import { runWhileHolding } from '../lease.ts'
import type { Service, ServiceContext } from '../service.ts'
import { makePulseCounts } from './pulse-counts.ts'
import { makePulseRunner, type PulseRunner } from './pulse-runner.ts'
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
  /** Of the question what is known of the beat. */
  ask_timeout_ms: 250,
}

export const leaseBucket = 'backbeat_leases'

const version = '1.0.0'

export const runPulse: Service = (context) => runPulseWith(pulseDefaults, context)

export async function runPulseWith(settings: PulseSettings, context: ServiceContext): Promise<void> {
  const { instance, daemon_id, home, config, nats_url, log, signal, ready, report } = context
  const { cluster: cluster_id, tempo_bpm: bpm, beats_per_bar } = config
  goFirst()
  const nc = await connectBroker({ url: nats_url, name: instance, inbox_prefix: inboxPrefix('service') })
  const name = `${hostname()}/${daemon_id}/${process.pid}`
  const node = makePulseNode({ cluster_id, name, bpm, beats_per_bar, hlc_node: randomInt(2 ** 16), version })
  const counts = makePulseCounts()
  const desk = makeTempoDesk()
  const runner = makePulseRunner({
    nc,
    node,
    store: await openPulseStore(nc, cluster_id),
    ask: () => askPulse(nc, { cluster_id, anyone: true, timeout_ms: settings.ask_timeout_ms }),
    recall: () => recallState({ home, cluster_id, now_ms: Date.now() }),
    counts,
    desk,
    clock: systemClock,
    log,
  })
  const status = (): PulseDocument | undefined => toPulseDocument(node, systemClock())
  follow(nc, cluster_id, runner)
  // At a slow tempo the next frame is minutes away.
  void askPulse(nc, { cluster_id, timeout_ms: settings.ask_timeout_ms }).then((document) => {
    if (document) runner.take({ kind: 'told', document })
  })
  const service = await servePulse({
    nc,
    version,
    instance,
    daemon_id,
    cluster_id,
    metrics: () => counts.metrics(status(), isLeading(node)),
    status(anyone) {
      const document = status()
      return anyone || isLeading(node) || document?.degraded ? document : undefined
    },
    setTempo(wanted) {
      if (!isLeading(node)) return undefined
      const { id, answer } = desk.open()
      runner.take({ kind: 'tempo', id, bpm: wanted })
      return answer
    },
  })
  ready()

  const warn = makeBarWarning(beats_per_bar, log)
  const reporting = setInterval(() => {
    const document = status()
    if (document) warn(document.beats_per_bar)
    report(counts.snapshot(document, isLeading(node)))
  }, 1_000)
  await runWhileHolding(
    {
      nc,
      bucket: leaseBucket,
      key: `pulse.${cluster_id}`,
      owner: name,
      ttl_ms: settings.lease_ttl_ms,
      storage: StorageType.Memory,
      retry_ms: () => settings.lease_retry_ms,
      signal,
      onError: (err) => log.warn({ err }, 'the pulse cannot lead now'),
    },
    runner.lead,
  )
  clearInterval(reporting)
  runner.close()
  await service.stop()
  await nc.close()
}

/** Tells the node of each frame and of the connection, until that is closed. */
function follow(nc: NatsConnection, cluster_id: string, { take }: PulseRunner): void {
  nc.subscribe(backbeatSubjects(cluster_id).beat, {
    callback(error, message) {
      const heard = error ? undefined : readBeatMessage(message)
      if (heard?.ok) take({ kind: 'heard', ...heard.value })
    },
  })
  void (async () => {
    for await (const { type } of nc.status()) {
      if (type === 'disconnect') take({ kind: 'connection', up: false })
      if (type === 'reconnect') take({ kind: 'connection', up: true })
    }
  })()
}

/** Where the system lets it, the beat comes before other work of the machine. */
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
