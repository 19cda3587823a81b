// The gateway: takes events and claims over HTTP and NATS, and answers when they are stored under the profile's promise.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { jetstreamManager } from '@nats-io/jetstream'
import { openBeatFeed } from '../../client/beat-feed.ts'
import { connectBroker } from '../../client/connect.ts'
import { inboxPrefix } from '../../client/endpoints.ts'
import { requestStatus } from '../../client/supervisor-client.ts'
import { makeRedact } from '../../core/redact.ts'
import { eventsStream } from '../../core/subjects.ts'
import { serveOrders } from '../control/order-service.ts'
import { serveTokens } from '../control/token-service.ts'
import { openTokens } from '../control/tokens.ts'
import { runWhileHolding } from '../lease.ts'
import type { Service, ServiceContext } from '../service.ts'
import { watchDisconnects } from '../stream/disconnects.ts'
import { makePublisher } from '../stream/publish-batch.ts'
import { isLoopbackHost, parseHostPort } from '../supervisor/http-address.ts'
import { makeAuth } from './auth.ts'
import { makeCircuit } from './circuit.ts'
import { makeClaims } from './claims.ts'
import { stateDoor } from './door.ts'
import { collectFleet, type MetricsJson } from './fleet-metrics.ts'
import { makeGatewayCounts } from './gateway-counts.ts'
import { makeHttpServer } from './http.ts'
import { makeIngest } from './ingest.ts'
import { runInlet } from './inlet.ts'
import { makeLanes } from './lanes.ts'
import { streamDefaults } from './live-stream.ts'
import { makeLiveStreams } from './live-streams.ts'
import { serveInstallations } from './nats-control.ts'
import { serveIngest } from './nats-service.ts'
import { openControl } from './open-control.ts'
import { makeReadStream } from './read-stream.ts'
import { readReadiness } from './readiness.ts'
import { withRefusal } from './refusal.ts'
import { makeRefusalAudit } from './refusal-audit.ts'
import { countRefusedClaims } from './refused-claims.ts'
import { makeStampEvent, withRedaction } from './stamp.ts'
import { makeStreamCounts } from './stream-counts.ts'

export type GatewaySettings = typeof gatewayDefaults

export const gatewayDefaults = {
  /** How long a batch may take before its outcome counts as unknown. */
  ack_timeout_ms: 5_000,
  /** Of requests to JetStream's API. */
  api_timeout_ms: 2_000,
  probe_interval_ms: 250,
  probe_timeout_ms: 1_000,
  /** Measured: beyond it an atomic batch is quicker (durable: 2.4 against 2.9 ms for 16, 5.0 against 3.3 ms for 32). */
  plain_max: { durable: 16, fast: 1_000 },
  queue_events_max: 20_000,
  queue_bytes_max: 64 * 1024 * 1024,
  /** How long BEACON_IN may wait when the gateway that reads it died. */
  lease_ttl_ms: 3_000,
  /** How long claims wait for the first beat that a gateway hears. */
  beat_wait_ms: 15_000,
  /** Clients of the live stream. */
  streams_max: 200,
  stream: streamDefaults,
  /** Agents that hear their commands from this gateway at once. */
  command_streams_max: 20_000,
  command_beat_ms: 10_000,
}

/** What a batch adds to a message, at most. */
const headerBytes = 512

export const runGateway: Service = (context) => runGatewayWith(gatewayDefaults, context)

export async function runGatewayWith(
  settings: GatewaySettings,
  { instance, daemon_id, config, nats_url, log, signal, ready, report }: ServiceContext,
): Promise<void> {
  const nc = await connectBroker({ url: nats_url, name: instance, inbox_prefix: inboxPrefix('service') })
  const jsm = await jetstreamManager(nc, { timeout: settings.api_timeout_ms })
  const stream = await jsm.streams.info(eventsStream)
  const onError = (err: unknown) => log.warn({ err }, 'the inlet starts anew')
  const onBug = (err: unknown) => log.error({ err }, 'a bug in the gateway')

  const disconnects = watchDisconnects(nc)
  const publisher = makePublisher({
    nc,
    disconnects,
    id: randomToken(),
    ack_timeout_ms: settings.ack_timeout_ms,
  })
  const brokerCircuit = makeCircuit({
    async probe() {
      if (!publisher.connected()) throw new Error('the broker is not connected')
      await readStream()
    },
    probe_interval_ms: settings.probe_interval_ms,
  })
  const readStream = makeReadStream(nc, settings.probe_timeout_ms)
  const circuit = withRefusal(brokerCircuit, nc, daemon_id)
  const lanes = makeLanes({
    publisher,
    circuit,
    lanes: config.lanes,
    atomic: stream.config.allow_atomic === true,
    plain_max: settings.plain_max[config.durability],
    events_max: settings.queue_events_max,
    bytes_max: settings.queue_bytes_max,
  })
  const counts = makeGatewayCounts(lanes.depth)
  const streamCounts = makeStreamCounts(counts.registry)
  const stamp = withRedaction(makeStampEvent(config.partitions), makeRedact(config.redact))
  // A line may also not be more than the broker takes: it would break the connection for all others.
  const payload_bytes_max = (nc.info?.max_payload ?? 2 ** 20) - headerBytes
  const feed = openBeatFeed(nc, { cluster_id: config.cluster })
  const refusals = countRefusedClaims(nc, counts.registry)
  const claims = makeClaims({
    cluster_id: config.cluster,
    feed,
    refusals,
    beat_wait_ms: settings.beat_wait_ms,
  })
  const doors = { state: stateDoor, claim: claims.door }
  const ingest = makeIngest({ lanes, stamp, counts, line_bytes_max: payload_bytes_max })
  const metrics = async () => (await counts.registry.getMetricsAsJSON()) as MetricsJson
  const supervisor = { nc, id: daemon_id }
  const readStatus = () => requestStatus(supervisor, 1_000)
  const service = await serveIngest({
    nc,
    version: '1.0.0',
    instance,
    daemon_id,
    ingest,
    doors,
    metrics,
    onBug,
  })
  const control = await openControl({
    nc,
    stamp,
    lanes,
    log,
    streams_max: settings.command_streams_max,
    beat_ms: settings.command_beat_ms,
  })
  const tokens = await openTokens({ nc, log })
  const audit = makeRefusalAudit({ stamp, admit: lanes.admit })
  const address = parseHostPort(config.http)
  const auth = makeAuth({
    tokens,
    installations: control.installations,
    mode: config.auth,
    loopback: isLoopbackHost(address.host),
    audit,
  })
  const controlServices = await Promise.all([
    serveInstallations({ nc, installations: control.installations, auth, onBug }),
    serveOrders({
      nc,
      ...control,
      authorize: (headers, installation_id) =>
        void auth.authorizeNats(headers, { right: 'self' }, { installation_id }),
      onBug,
    }),
    serveTokens(nc, tokens, onBug),
  ])
  const http = makeHttpServer({
    nc,
    auth,
    supervisor,
    ingest,
    doors,
    pulse: { feed, cluster_id: config.cluster },
    control,
    onBug,
    streams: makeLiveStreams({
      nc,
      inbox_prefix: inboxPrefix('service'),
      clients_max: settings.streams_max,
      counts: streamCounts,
      settings: settings.stream,
    }),
    health: {
      instance,
      readStatus,
      readiness: () => readReadiness({ lanes, readStream, readStatus }),
      metrics: async () =>
        collectFleet(
          nc,
          { instance, daemon_id, metrics: await metrics() },
          await readStatus().catch(() => undefined),
        ),
    },
  })
  const url = await http.listen(address)
  log.info({ url, atomic: stream.config.allow_atomic === true }, 'the gateway accepts')
  ready()

  const owner = `${daemon_id}.${instance}`
  const controlling = control.run({ owner, ttl_ms: settings.lease_ttl_ms, signal })
  const inlet = runWhileHolding(
    {
      nc,
      bucket: 'beacon_leases',
      key: 'inlet',
      owner,
      ttl_ms: settings.lease_ttl_ms,
      signal,
      onError,
    },
    (held) =>
      runInlet(
        {
          nc,
          jsm,
          disconnects,
          lanes,
          stamp,
          counts,
          claims,
          refusals,
          quarantine: { partitions: config.partitions, now_ms: Date.now, payload_bytes_max },
        },
        held,
      ),
  )

  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  const reporting = setInterval(() => {
    report({
      ...counts.snapshot(),
      ...streamCounts.snapshot(),
      event_loop_delay_p99_ms: Math.round(delay.percentile(99) / 1e4) / 100,
      broker_connected: publisher.connected(),
      circuit: circuit.state(),
    })
    delay.reset()
  }, 1_000)

  await aborted(signal)
  // The doors take nothing new and close when everything that they took is answered.
  await Promise.all([
    inlet,
    controlling,
    service.stop(),
    ...controlServices.map((each) => each.stop()),
    http.close(),
  ])
  clearInterval(reporting)
  feed.close()
  await Promise.all([refusals.stop(), audit.stop()])
  tokens.close()
  control.close()
  delay.disable()
  circuit.stop()
  publisher.close()
  await nc.close()
}

const randomToken = (): string => Math.random().toString(36).slice(2, 10)

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
