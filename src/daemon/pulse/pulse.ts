// The pulse: one of a cluster leads and sends the beat, the others follow it and take over when it is lost.

import { randomInt } from 'node:crypto'
import { hostname, setPriority } from 'node:os'
import { StorageType } from '@nats-io/jetstream'
import type { NatsConnection, Subscription } from '@nats-io/nats-core'
import type { Logger } from 'pino'
import { systemClock } from '../../client/beat-feed.ts'
import { connectBroker } from '../../client/connect.ts'
import { inboxPrefix } from '../../client/endpoints.ts'
import { readBeatMessage } from '../../client/read-beat-message.ts'
import { backbeatSubjects, type PulseDocument, parsePulseDocument } from '../../core/pulse-document.ts'
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
  /** Of the first question, what is known of the beat. */
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
    recall: () => recallState({ home, cluster_id, now_ms: Date.now() }),
    counts,
    desk,
    clock: systemClock,
    log,
  })
  const status = (): PulseDocument | undefined => toPulseDocument(node, systemClock())
  const frames = follow(nc, cluster_id, runner, settings.ask_timeout_ms)
  const service = await servePulse({
    nc,
    version,
    instance,
    daemon_id,
    cluster_id,
    metrics: () => counts.metrics(status(), isLeading(node)),
    status() {
      const document = status()
      return isLeading(node) || document?.degraded ? document : undefined
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
  frames.unsubscribe()
  runner.close()
  await service.stop()
  await nc.close()
}

/** Tells the node of each frame, and at once of what others know: at a slow tempo the next frame is minutes away. */
function follow(
  nc: NatsConnection,
  cluster_id: string,
  { take }: PulseRunner,
  ask_timeout_ms: number,
): Subscription {
  const subjects = backbeatSubjects(cluster_id)
  const frames = nc.subscribe(subjects.beat, {
    callback(error, message) {
      const heard = error ? undefined : readBeatMessage(message)
      if (heard?.ok) take({ kind: 'heard', ...heard.value })
    },
  })
  void nc.request(subjects.status, '', { timeout: ask_timeout_ms }).then(
    (answer) => {
      const document = parsePulseDocument(answer.json())
      if (document.ok) take({ kind: 'told', document: document.value })
    },
    // Nobody leads yet.
    () => {},
  )
  return frames
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
