// `beacon verify`: the archive proves itself, and a simulator's run proves it from outside.

import { parseTime } from '../core/duration.ts'
import { BeaconError } from '../core/errors.ts'
import type { CommandContext } from './command-context.ts'
import { defineCommand, option } from './command-spec.ts'
import { printDocument } from './output.ts'

/** How long the archiver may take to reach what the stream holds now. */
const settle_ms = 30_000
const shown_max = 50

export const verifyCommand = defineCommand({
  name: 'verify',
  group: 'prove',
  summary: 'prove that nothing acknowledged is lost, doubled or changed',
  description:
    'Walks the whole archive: every checksum, the chain from block to block, sequences, each numbered event once, the indexes, the books, and each report counted again from the archived claims.\n\n' +
    'With --run it also holds the ledger of a simulator run against the archive: every acknowledged event is there once and in order.\n\n' +
    'With the daemon running it first waits until what the stream holds now is archived.',
  options: {
    since: option({
      flags: '--since',
      metavar: 'TIME',
      help: 'Begin with the partition (a day, or an hour) of this time.',
      parse: parseTime,
    }),
    run: option({
      flags: '--run',
      metavar: 'ID',
      help: 'Also compare with the ledger of this run of `beacon sim`.',
    }),
  },
  examples: [
    { command: 'beacon verify', explains: 'the archive by itself' },
    { command: 'beacon verify --run sim-mwpxa43h', explains: 'against what the simulator was told' },
  ],
  exitCodes: { 1: 'something is wrong; the list says what and where' },
  async run(context) {
    const { options, home, io, signal } = context
    const [{ verifyArchive }, { readLedger }, { compareRun }] = await Promise.all([
      import('../daemon/archive/verify-archive.ts'),
      import('../sim/ledger-file.ts'),
      import('../sim/oracle.ts'),
    ])
    const ledger = options.run === undefined ? undefined : await readLedger(home.runs, options.run)
    const unarchived = await waitForArchiver(context)
    const { findings, totals, cursor } = await verifyArchive(home.archive, {
      since_ms: options.since,
      signal,
      onProgress: (events) => {
        if (io.stderr.isTTY) io.stderr.write(`\r${events.toLocaleString('en')} events`)
      },
    })
    if (io.stderr.isTTY) io.stderr.write('\r\u001b[K')
    const run = ledger && compareRun(ledger, await eventsOfRun(home.archive, ledger.run))
    const ok = findings.length === 0 && run?.ok !== false && unarchived === 0
    const document = {
      ok,
      unarchived,
      totals,
      cursor,
      findings,
      ...(run ? { run: { id: ledger?.run, ...run } } : {}),
    }
    await printDocument(context, document, { name: 'verify', text: () => toText(document) })
    if (!ok && unarchived > 0 && findings.length === 0) {
      io.note(`${unarchived} acknowledged events are not archived yet; the archiver does not get on.`)
    }
    return ok ? 0 : 1
  },
})

/** Resolves with the number of events that were in the stream and did not get archived in time; 0 without a daemon. */
async function waitForArchiver({ home, nats, signal }: CommandContext<unknown, unknown>): Promise<number> {
  const [{ connectDaemon, toSupervisor }, { requestStatus }, { setTimeout: sleep }] = await Promise.all([
    import('./connect-daemon.ts'),
    import('../client/supervisor-client.ts'),
    import('node:timers/promises'),
  ])
  const nc = await connectDaemon({ home, nats }, 'operator', 'beacon-verify').catch((error: unknown) => {
    if (error instanceof BeaconError && error.code === 'daemon_unreachable') return undefined
    throw error
  })
  if (!nc) return 0
  const supervisor = toSupervisor({ home, nats }, nc)
  try {
    const until = performance.now() + settle_ms
    let wanted: number | undefined
    for (;;) {
      const { books } = await requestStatus(supervisor)
      wanted ??= books?.accepted
      const left =
        books && wanted !== undefined ? Math.max(0, wanted - (books.accepted - books.in_flight)) : undefined
      if (left === 0 || signal.aborted) return 0
      if (performance.now() > until) return left ?? 0
      await sleep(100)
    }
  } finally {
    await nc.close()
  }
}

async function eventsOfRun(dir: string, run: string) {
  const [{ openArchiveReader }, { peekAgentId, peekEventLine }] = await Promise.all([
    import('../daemon/archive/archive-reader.ts'),
    import('../core/event-line.ts'),
  ])
  const reader = openArchiveReader(dir)
  function* events() {
    for (const { seq, line } of reader.scan({ onDamage: () => undefined })) {
      const peek = peekEventLine(line)
      const agent_id = peek?.run === run ? peekAgentId(line) : undefined
      if (agent_id !== undefined) yield { agent_id, agent_seq: peek?.agent_seq, seq }
    }
    void reader.close()
  }
  return events()
}

type VerifyDocument = {
  ok: boolean
  totals: import('../daemon/archive/verify-archive.ts').VerifyTotals
  findings: import('../daemon/archive/verify-archive.ts').Finding[]
  run?: { id: string | undefined } & import('../sim/oracle.ts').RunComparison
}

function toText({ ok, totals, findings, run }: VerifyDocument): string {
  const n = (value: number): string => value.toLocaleString('en')
  const lines = [
    `archive  ${n(totals.events)} events in ${n(totals.blocks)} blocks of ${totals.partitions} partitions`,
    `books    ${n(totals.events + totals.removed_events)} archived, ${n(totals.duplicate)} duplicate, ${n(totals.quarantined)} quarantined, ${n(totals.missing)} missing`,
    `reports  ${n(totals.reports)} reports of bars, ${n(totals.recounted_reports)} of them counted again from their claims`,
    `numbers  ${n(totals.numbered_agents)} numbered agents, ${n(totals.gaps)} gaps, ${n(totals.late)} late`,
  ]
  if (run) {
    lines.push(
      `run      ${run.id}: ${n(run.acknowledged)} acknowledged, ${n(run.archived)} archived, ${n(run.lost)} lost, ${n(run.twice)} twice, ${n(run.out_of_order)} out of order, ${n(run.unknown)} unknown`,
    )
  }
  for (const { kind, place, message } of findings.slice(0, shown_max))
    lines.push(`  ${kind}  ${place}  ${message}`)
  if (totals.findings > shown_max) lines.push(`  and ${n(totals.findings - shown_max)} more`)
  for (const finding of run?.findings.slice(0, shown_max) ?? []) {
    lines.push(
      `  ${finding.kind}  ${finding.agent_id}  number ${finding.agent_seq ?? '-'}  sequence ${finding.seq ?? '-'}`,
    )
  }
  lines.push(ok ? 'everything is proved' : 'NOT proved')
  return `${lines.join('\n')}\n`
}
