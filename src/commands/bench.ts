// `beacon bench`: the budgets of the design, measured.

import type { Durability } from '../core/config.ts'
import { parseWhole } from '../core/whole.ts'
import { argument, defineCommand, option } from './command-spec.ts'
import { findServer } from './find-server.ts'
import { printRows } from './output.ts'

const benches = ['ingest', 'archive'] as const

/** One budget and what was measured. `met` is null where there is no budget to meet. */
type Row = {
  bench: string
  what: string
  budget: string
  measured: number
  unit: string
  met: boolean | null
}

export const benchCommand = defineCommand({
  name: 'bench',
  group: 'prove',
  summary: 'measure the budgets on this machine',
  description:
    'Runs in folders of its own and touches no daemon of yours. Without a name it measures all.\n\n' +
    'ingest: HTTP to durable to archived to the live picture, in both profiles as far as the nats-server has them, with the load on the same machine, beside the bare broker in the same run.\n\n' +
    'archive: the archive alone, 10 million events.',
  arguments: { names: argument({ metavar: 'NAME', help: 'What to measure.', choices: benches, many: true }) },
  options: {
    agents: option({
      flags: '--agents',
      metavar: 'N',
      help: 'Agents of the load.',
      default: '50000',
      parse: parseWhole(1),
    }),
    seconds: option({
      flags: '--seconds',
      metavar: 'N',
      help: 'Length of the full load.',
      default: '20',
      parse: parseWhole(1),
    }),
    events: option({
      flags: '--events',
      metavar: 'N',
      help: 'Events of the archive bench.',
      default: '10000000',
      parse: parseWhole(1),
    }),
    durability: option({
      flags: '--durability',
      metavar: 'PROFILE',
      help: 'Only this profile.',
      choices: ['durable', 'fast'],
    }),
  },
  examples: [
    { command: 'beacon bench ingest --durability durable', explains: 'the whole way' },
    { command: 'beacon bench archive --events 1000000 -o json', explains: 'a shorter run, for a program' },
  ],
  async run(context) {
    const { args, options, io, signal, config } = context
    const names = args.names && args.names.length > 0 ? args.names : benches
    const rows: Row[] = []
    const details: Record<string, unknown> = {}
    if (names.includes('archive')) {
      io.note(`archive: ${options.events.toLocaleString('en')} events`)
      details.archive = await runArchive(options.events, signal, rows)
    }
    if (names.includes('ingest')) {
      const found = await findServer(context)
      const profiles = options.durability ? [options.durability as Durability] : found.profiles
      const { benchIngest } = await import('./bench-ingest.ts')
      const { version } = await import('./version.ts')
      for (const durability of profiles) {
        const result = await benchIngest({
          durability,
          config,
          nats_server: found,
          version: version(),
          agents: options.agents,
          seconds: options.seconds,
          signal,
          onStep: (text) => io.note(text),
        })
        details[`ingest_${durability}`] = result
        rows.push(...toIngestRows(result))
      }
      details.nats_server = found.version
    }
    const { availableParallelism, cpus } = await import('node:os')
    const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? '', node: process.version }
    await printRows<Row>(context, rows, {
      name: 'bench',
      document: { machine, details },
      columns: [
        { name: 'bench', value: (row) => row.bench },
        { name: 'what', value: (row) => row.what },
        { name: 'budget', value: (row) => row.budget },
        {
          name: 'measured',
          value: (row) => row.measured,
          text: (row) => `${row.measured.toLocaleString('en')} ${row.unit}`,
        },
        { name: 'met', value: (row) => (row.met === null ? '' : row.met ? 'yes' : 'NO') },
      ],
    })
  },
})

async function runArchive(events: number, signal: AbortSignal, rows: Row[]): Promise<unknown> {
  const [{ benchArchive }, { mkdtempSync, rmSync }, { tmpdir }, { join }] = await Promise.all([
    import('../daemon/archive/bench-archive.ts'),
    import('node:fs'),
    import('node:os'),
    import('node:path'),
  ])
  const dir = mkdtempSync(join(tmpdir(), 'beacon-bench-'))
  try {
    const result = await benchArchive({ dir, events, signal })
    const row = (what: string, budget: string, measured: number, unit: string, met: boolean | null): void => {
      rows.push({ bench: 'archive', what, budget, measured: Math.round(measured * 100) / 100, unit, met })
    }
    row('archive alone', '≥ 300,000/s', result.events_per_s, 'events/s', result.events_per_s >= 300_000)
    row(
      'its last tenth',
      'not falling',
      result.events_per_s_last_tenth,
      'events/s',
      result.events_per_s_last_tenth >= 0.9 * result.events_per_s,
    )
    row('disk', '≤ 40 B', result.bytes_per_event, 'B/event', result.bytes_per_event <= 40)
    row('last 100 of an agent, p99', '≤ 20 ms', result.last100_p99_ms, 'ms', result.last100_p99_ms <= 20)
    row('longest checkpoint', '', result.checkpoint_ms_max, 'ms', null)
    return result
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function toIngestRows(result: import('./bench-ingest.ts').IngestBench): Row[] {
  const bench = `ingest ${result.durability}`
  const rate_min = result.durability === 'durable' ? 50_000 : 80_000
  const rows: Row[] = [
    { bench, what: 'fsync p50', budget: '', measured: result.fsync_p50_ms, unit: 'ms', met: null },
    {
      bench,
      what: 'bare broker',
      budget: '',
      measured: result.bare_broker_events_per_s,
      unit: 'events/s',
      met: null,
    },
    {
      bench,
      what: 'HTTP → durable → archived → live',
      budget: `≥ ${rate_min.toLocaleString('en')}/s`,
      measured: result.events_per_s,
      unit: 'events/s',
      met: result.events_per_s >= rate_min,
    },
    { bench, what: 'ratio to the bare broker', budget: '', measured: result.ratio, unit: '', met: null },
    {
      bench,
      what: 'acknowledgement p99, singles at 5,000/s',
      budget: '≤ 20 ms',
      measured: result.single_ack_p99_ms,
      unit: 'ms',
      met: result.single_ack_p99_ms <= 20,
    },
    {
      bench,
      what: 'acknowledgement p50, singles at 5,000/s',
      budget: '',
      measured: result.single_ack_p50_ms,
      unit: 'ms',
      met: null,
    },
    {
      bench,
      what: 'archive',
      budget: '≤ 40 B',
      measured: result.archive_bytes_per_event,
      unit: 'B/event',
      met: result.archive_bytes_per_event <= 40,
    },
    {
      bench,
      what: 'daemon start → ready',
      budget: '≤ 2,000 ms',
      measured: result.start_ms,
      unit: 'ms',
      met: result.start_ms <= 2_000,
    },
    {
      bench,
      what: 'beacon emit',
      budget: '≤ 200 ms',
      measured: result.one_shot_ms,
      unit: 'ms',
      met: result.one_shot_ms <= 200,
    },
  ]
  for (const [name, mib] of Object.entries(result.rss_max_mib)) {
    const limit = name === 'nats-server' ? 500 : 300
    rows.push({
      bench,
      what: `memory of ${name}, ${result.cpu_mean_percent[name] ?? 0} % CPU`,
      budget: `≤ ${limit} MB`,
      measured: mib,
      unit: 'MiB',
      met: mib * 1.048576 <= limit,
    })
  }
  return rows
}
