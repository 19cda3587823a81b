// Looks at the daemon each second, answers for its status, and writes the state down when it changes.

import { jetstreamManager } from '@nats-io/jetstream'
import type { Logger } from 'pino'
import type { Config } from '../../core/config.ts'
import type { BrokerStatus, StatusDocument } from '../../core/status.ts'
import { eventsStream, refusalSubject } from '../../core/subjects.ts'
import { brokerLogFile } from '../broker/broker-process.ts'
import { findReportSeqs } from '../stream/find-report-seqs.ts'
import { readDisk } from './disk.ts'
import { makeDiskGuard } from './disk-guard.ts'
import { type ProcessId, startTime } from './process-table.ts'
import { writeState } from './run-files.ts'
import type { Parts, SupervisorOptions } from './run-supervisor.ts'
import { toStatus } from './status.ts'
import type { BrokerSnapshot } from './supervised-broker.ts'
import { makeUsageMeter } from './usage.ts'

export type Watch = {
  started_at: string
  /** Something changed: the state is written down soon. */
  changed(): void
  status(): Promise<StatusDocument>
  stop(): void
}

const look_ms = 1_000
const notYet: BrokerSnapshot = { state: 'starting', pid: null, uptime_s: 0, restarts: 0, last_exit: null }

export async function startWatch(
  { home, version, nats_server }: SupervisorOptions,
  id: string,
  config: Config,
  parts: Parts,
  log: Logger,
): Promise<Watch> {
  const born = performance.now()
  const started_at = new Date().toISOString()
  const usage = makeUsageMeter()
  let disk = await readDisk(home.root)
  let stream: BrokerStatus['stream'] = null
  let report_seqs: number[] = []
  let written = ''
  let pending = false

  const brokerSnapshot = (): BrokerSnapshot => parts.broker?.supervised.snapshot() ?? notYet
  const current = (): StatusDocument =>
    toStatus({
      fixed: {
        version,
        id,
        home: home.root,
        started_at,
        profile: config.durability,
        http: config.http,
        nats: parts.broker?.address ?? '',
      },
      born,
      broker: {
        ...brokerSnapshot(),
        external: config.nats !== null,
        version: parts.broker?.version ?? nats_server?.version ?? '',
      },
      stream,
      report_seqs,
      services: parts.services?.all() ?? [],
      disk,
      usage,
      phase: parts.phase === 'running' ? null : `the daemon is ${parts.phase}`,
    })

  /** What makes a state another one: not the numbers that always move. */
  const outline = (status: StatusDocument): string =>
    JSON.stringify([
      status.not_ready_reasons,
      [...status.services, status.broker].map((each) => [each.instance, each.pid, each.state, each.restarts]),
    ])

  const write = (): void => {
    pending = false
    const status = current()
    const next = outline(status)
    if (next === written) return
    try {
      const children: ProcessId[] = status.services
        .filter((each) => each.pid !== null && each.pid !== process.pid)
        .map((each) => ({ pid: each.pid as number, started: startTime(each.pid as number) }))
      writeState(home.run, {
        schema: 'beacon.state.v1',
        written_at: new Date().toISOString(),
        pid: process.pid,
        phase: parts.phase,
        status,
        children,
      })
      written = next
    } catch (error) {
      log.error({ err: error }, 'the state cannot be written')
    }
  }

  const guard = makeDiskGuard({
    tell: (reason) => void parts.broker?.nc.publish(refusalSubject(id), JSON.stringify({ reason })),
    restartBroker: config.nats === null ? () => parts.broker?.supervised.restart?.() : null,
    brokerLog: brokerLogFile(home),
    log,
  })
  const look = async (): Promise<void> => {
    disk = await readDisk(home.root)
    guard.look(disk)
    const pids = [
      process.pid,
      brokerSnapshot().pid,
      ...(parts.services?.all() ?? []).map((each) => each.snapshot().pid),
    ]
    usage.sample(pids.filter((pid) => pid !== null))
    write()
  }
  const timer = setInterval(() => {
    look().catch((error: unknown) => log.error({ err: error }, 'the daemon cannot look at itself'))
  }, look_ms)

  return {
    started_at,
    changed() {
      // One write for what changes together; before the next turn, so that a kill -9 finds each child written down.
      if (!pending) queueMicrotask(write)
      pending = true
    },
    async status() {
      ;({ stream, report_seqs } = await readStream(parts))
      return current()
    },
    stop() {
      clearInterval(timer)
      write()
    },
  }
}

type StreamNow = { stream: BrokerStatus['stream']; report_seqs: number[] }

async function readStream(parts: Parts): Promise<StreamNow> {
  if (!parts.broker) return { stream: null, report_seqs: [] }
  try {
    const jsm = await jetstreamManager(parts.broker.nc, { checkAPI: false, timeout: 1_000 })
    const { state, config } = await jsm.streams.info(eventsStream)
    const report_seqs = await findReportSeqs(jsm, archivedSeq(parts))
    const { messages, bytes, first_seq, last_seq } = state
    return { stream: { messages, bytes, max_bytes: config.max_bytes, first_seq, last_seq }, report_seqs }
  } catch {
    return { stream: null, report_seqs: [] }
  }
}

/** As the archiver last said. */
function archivedSeq(parts: Parts): number {
  const archiver = parts.services?.all().find((each) => each.snapshot().name === 'archiver')
  const seq = archiver?.snapshot().stats.cursor_seq
  return typeof seq === 'number' ? seq : 0
}
