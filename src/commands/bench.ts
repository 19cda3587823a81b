// `beacon bench`: the budgets of the design, measured.

import type { Durability } from '../core/config.ts'
import { parseWhole } from '../core/whole.ts'
import type { BenchDaemonOptions } from './bench-daemon.ts'
import type { BenchRow } from './bench-row.ts'
import type { CommandContext } from './command-context.ts'
import { argument, defineCommand, flag, option } from './command-spec.ts'
import { findServer } from './find-server.ts'
import { printRows } from './output.ts'

const benches = ['ingest', 'archive', 'view', 'glass', 'pulse', 'kill'] as const
type Bench = (typeof benches)[number]

type Options = {
  agents: number
  seconds: number
  events: number
  rate: number
  frames: number
  durability: Durability | undefined
  long: boolean
}
type Context = CommandContext<unknown, Options>

/** What a bench measured: its rows, and all of it by name for `-o json`. */
type Measured = { rows: BenchRow[]; details: Record<string, unknown> }

export const benchCommand = defineCommand({
  name: 'bench',
  group: 'prove',
  summary: 'measure the budgets on this machine',
  description:
    'Runs in folders of its own and touches no daemon of yours. Without a name it measures all.\n\n' +
    'ingest: HTTP to durable to archived to the live picture, in both profiles as far as the nats-server has them, with the load on the same machine, beside the bare broker in the same run.\n\n' +
    'archive: the archive alone, 10 million events.\n\n' +
    'view: what `beacon top` costs at 160×50, fed with the frames of a real fold: processor time and bytes of a frame of each view, from a key to the screen, growth, and frames when nothing happens.\n\n' +
    'glass: from an event to a real pseudo-terminal that runs `beacon top`, beside a load of 50,000 events a second, or of the highest rate below that the machine holds.\n\n' +
    'pulse: how punctual beats are sent and delivered to 1,000 subscriptions at 120 BPM, idle and beside a load; from the downbeat to the BarReport while all agents claim; and how far the pulse drifts in a simulated hour and in real time.\n\n' +
    'kill: from the request to a process that is gone, for 200 agents one after the other and for 100 at once; each is a real program under the runner of `beacon run`.',
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
    rate: option({
      flags: '--rate',
      metavar: 'R',
      help: 'Events per second that the glass bench begins with, which goes down to what the machine holds, and that are offered beside the pulse.',
      default: '50000',
      parse: parseWhole(1),
    }),
    frames: option({
      flags: '--frames',
      metavar: 'N',
      help: 'Frames over which the view bench looks for growth.',
      default: '10000',
      parse: parseWhole(100),
    }),
    durability: option({
      flags: '--durability',
      metavar: 'PROFILE',
      help: 'Only this profile.',
      choices: ['durable', 'fast'],
    }),
    long: flag({
      flags: '--long',
      help: 'Looks for the drift of the pulse over ten minutes of real time, instead of --seconds.',
    }),
  },
  examples: [
    { command: 'beacon bench ingest --durability durable', explains: 'the whole way' },
    { command: 'beacon bench archive --events 1000000 -o json', explains: 'a shorter run, for a program' },
    { command: 'beacon bench view --frames 1000', explains: 'what the screen costs, in about two minutes' },
  ],
  async run(context) {
    const wanted = context.args.names ?? []
    const rows: BenchRow[] = []
    const details: Record<string, unknown> = {}
    for (const bench of benches) {
      if (wanted.length > 0 && !wanted.includes(bench)) continue
      const measured = await measures[bench](context)
      rows.push(...measured.rows)
      Object.assign(details, measured.details)
    }
    const { availableParallelism, cpus } = await import('node:os')
    const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? '', node: process.version }
    await printRows<BenchRow>(context, rows, {
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

const measures: Record<Bench, (context: Context) => Promise<Measured>> = {
  async ingest(context) {
    const [{ benchIngest }, { toIngestRows }] = await Promise.all([
      import('./bench-ingest.ts'),
      import('./bench-ingest-rows.ts'),
    ])
    const measured: Measured = { rows: [], details: {} }
    for (const daemon of await findDaemons(context)) {
      const result = await benchIngest({ ...daemon, ...loadOf(context) })
      measured.details[`ingest_${daemon.durability}`] = result
      measured.details.nats_server = daemon.nats_server.version
      measured.rows.push(...toIngestRows(result))
    }
    return measured
  },

  async archive({ options: { events }, io, signal }) {
    const { runArchiveBench, toArchiveRows } = await import('./bench-archive.ts')
    io.note(`archive: ${events.toLocaleString('en')} events`)
    const archive = await runArchiveBench(events, signal)
    return { rows: toArchiveRows(archive), details: { archive } }
  },

  async view({ options: { agents, frames }, io, signal }) {
    const [{ benchView, toViewRows }, { viewNames }] = await Promise.all([
      import('./bench-view.ts'),
      import('../tui/views.ts'),
    ])
    const onStep = (text: string): void => io.note(text)
    const view = await benchView({ agents, frames, views: viewNames, signal, onStep })
    return { rows: toViewRows(view), details: { view } }
  },

  async glass(context) {
    const { benchGlass, toGlassRows } = await import('./bench-glass.ts')
    const [daemon] = await findDaemons(context)
    if (!daemon) return { rows: [], details: {} }
    const glass = await benchGlass({ ...daemon, ...loadOf(context), rate: context.options.rate })
    return { rows: toGlassRows(glass), details: { glass, nats_server: daemon.nats_server.version } }
  },

  async pulse(context) {
    const [{ benchPulse }, { toPulseRows }] = await Promise.all([
      import('./bench-pulse.ts'),
      import('./bench-pulse-rows.ts'),
    ])
    const [daemon] = await findDaemons(context)
    if (!daemon) return { rows: [], details: {} }
    const { rate, seconds, long } = context.options
    const pulse = await benchPulse({ ...daemon, ...loadOf(context), rate, drift_s: long ? 600 : seconds })
    return { rows: toPulseRows(pulse), details: { pulse, nats_server: daemon.nats_server.version } }
  },

  async kill(context) {
    const { benchKill, toKillRows } = await import('./bench-kill.ts')
    const [daemon] = await findDaemons(context)
    if (!daemon) return { rows: [], details: {} }
    const onStep = (text: string): void => context.io.note(text)
    const kill = await benchKill({ ...daemon, runs: 200, together: 100, onStep })
    return { rows: toKillRows(kill), details: { kill, nats_server: daemon.nats_server.version } }
  },
}

const loadOf = ({ options: { agents, seconds }, io }: Context) => ({
  agents,
  seconds,
  onStep: (text: string): void => io.note(text),
})

/** The daemons to measure: one of each profile that the nats-server has, the strongest first, or the wanted one. */
async function findDaemons(context: Context): Promise<BenchDaemonOptions[]> {
  const { options, config, signal } = context
  const [found, { version }] = await Promise.all([findServer(context), import('./version.ts')])
  const profiles = options.durability ? [options.durability] : found.profiles
  return profiles.map((durability) => ({
    durability,
    config,
    nats_server: found,
    version: version(),
    signal,
  }))
}
