// `beacon sim`: a swarm of simulated agents through the public door.

import { parseDuration } from '../core/duration.ts'
import { BeaconError } from '../core/errors.ts'
import { err, ok, type Result } from '../core/result.ts'
import { defineCommand, flag, option } from './command-spec.ts'

const parseCount =
  (max: number) =>
  (text: string): Result<number, string> => {
    const n = Number(text.replaceAll('_', ''))
    return /^[\d_]+$/.test(text) && n >= 1 && n <= max ? ok(n) : err(`is no whole number from 1 to ${max}`)
  }

function parseRate(text: string): Result<number, string> {
  const n = Number(text.replace(/\/s$/, '').replaceAll('_', ''))
  return Number.isFinite(n) && n > 0 && n <= 10_000_000
    ? ok(n)
    : err('is no rate: write events per second, such as 500 or 0.5')
}

function parseSeed(text: string): Result<number, string> {
  const n = Number(text)
  return /^\d+$/.test(text) && Number.isSafeInteger(n)
    ? ok(n)
    : err('is no seed: write a whole number, as a run printed it')
}

function parseShare(text: string): Result<number, string> {
  const share = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text)
  return /^[\d.]+%?$/.test(text) && share >= 0 && share <= 1
    ? ok(share)
    : err('is no share: write 1% or a number from 0 to 1')
}

function parseRun(text: string): Result<string, string> {
  // A run's id is the name of its ledger.
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(text)
    ? ok(text)
    : err('is no run: use letters, digits, dots, hyphens and underscores, at most 128')
}

/** Two events per agent and second, as far as one machine can make them. */
const defaultRate = (agents: number): number => Math.min(agents * 2, 50_000)
const seedMax = 2 ** 32

const troubleShare = 0.01

export const simCommand = defineCommand({
  name: 'sim',
  group: 'send',
  summary: 'simulate a swarm of agents through the public door',
  description:
    'Events are due at fixed times, whatever the answers: latency counts from the due time, and when Beacon is slow the queue grows and is shown. What is not acknowledged is sent again until it is.\n\n' +
    'The seed is printed first; the same seed sends the same events. A ledger of what was acknowledged is kept in the home for `beacon verify --run`.\n\n' +
    'Scenarios: swarm; storm, with bursts to ten times the rate; flap, where agents come and go; chaos, with malformed and huge bodies, duplicates, numbers out of order and odd agent ids, each of which must be answered as the contract says.\n\n' +
    'In the swarm and the storm a few agents get into trouble: they crash, hang in a tool, wait for an answer, report one error after the other, finish without a word, or leave out numbers. The first do within seconds, the others by and by.\n\n' +
    'With --claims each agent says in each bar what it does, spread over the bar; a few are late, blocked, helping, failing or silent, and in chaos some claims must be refused. At the end the BarReports of the bars that were seen whole are held against what was acknowledged; no other claims may come in meanwhile.',
  options: {
    agents: option({
      flags: '--agents',
      metavar: 'N',
      help: 'How many agents.',
      default: '10',
      parse: parseCount(1_000_000),
    }),
    rate: option({
      flags: '--rate',
      metavar: 'R',
      help: 'Events per second of the whole swarm. Default: two per agent, at most 50,000.',
      parse: parseRate,
    }),
    duration: option({
      flags: '--duration',
      metavar: 'DURATION',
      help: 'How long. Default: until Ctrl-C.',
      parse: parseDuration,
    }),
    seed: option({
      flags: '--seed',
      metavar: 'S',
      help: 'Sends the events of that seed again.',
      parse: parseSeed,
    }),
    scenario: option({
      flags: '--scenario',
      metavar: 'NAME',
      help: 'What happens.',
      choices: ['swarm', 'storm', 'flap', 'chaos', 'squad'],
      default: 'swarm',
    }),
    trouble: option({
      flags: '--trouble',
      metavar: 'SHARE',
      help: 'Share of the agents that get into trouble, such as 2%; at least three of a hundred and more. Default: 1%.',
      parse: parseShare,
    }),
    claims: flag({
      flags: '--claims',
      help: 'The agents make StatusClaims that follow the beats, and the BarReports are held against what was acknowledged.',
    }),
    claimsPerBar: option({
      flags: '--claims-per-bar',
      metavar: 'N',
      help: 'Claims of each agent in a bar; means --claims. Default: 1.',
      parse: parseCount(100),
    }),
    run: option({
      flags: '--run',
      metavar: 'ID',
      help: 'Name of the run, new for each. Default: made from the time.',
      parse: parseRun,
    }),
    batch: option({
      flags: '--batch',
      metavar: 'N',
      help: 'Events per request; 1 sends single objects.',
      default: '100',
      parse: parseCount(1_000),
    }),
    url: option({
      flags: '--url',
      metavar: 'URL',
      help: 'HTTP door of a Beacon elsewhere; several of one Beacon, separated by commas, stand in for one another. Default: the daemon of the home.',
    }),
  },
  examples: [
    { command: 'beacon sim --agents 1000 --duration 30s', explains: 'a thousand agents for half a minute' },
    { command: 'beacon sim --agents 50000 --rate 50000 --duration 60s', explains: 'the full load' },
    { command: 'beacon sim --agents 1000 --trouble 5%', explains: 'a swarm that needs its operator' },
    { command: 'beacon sim --agents 1000 --claims --duration 3m', explains: 'a swarm that keeps time' },
    {
      command: 'beacon sim --agents 100 --scenario chaos --seed 42',
      explains: 'wrong input among the right, the same each time',
    },
  ],
  exitCodes: {
    0: 'all was answered as it should be',
    1: 'something was refused, lost sight of, or answered wrongly, or a BarReport differs',
  },
  async run({ options, io, output, home, signal, now }) {
    if (options.scenario === 'squad') {
      throw new BeaconError('usage', 'the scenario squad works on tasks, which Beacon does not have yet', {
        hint: 'beacon sim --help',
      })
    }
    const [
      { defaultConnections, runSim },
      { refuseUsedRun },
      { findDoors },
      { toProgressLine, toSummary },
      { countTroubled },
      { printDocument },
    ] = await Promise.all([
      import('../sim/run-sim.ts'),
      import('../sim/ledger-file.ts'),
      import('./find-door.ts'),
      import('../sim/sim-text.ts'),
      import('../sim/trouble.ts'),
      import('./output.ts'),
    ])
    const seed = options.seed ?? Math.floor(Math.random() * seedMax)
    const run = options.run ?? `sim-${now().toString(36)}`
    const rate = options.rate ?? defaultRate(options.agents)
    const hasTrouble = options.scenario === 'swarm' || options.scenario === 'storm'
    if (options.trouble !== undefined && !hasTrouble) {
      throw new BeaconError('usage', `--trouble is for swarm and storm, not for ${options.scenario}`, {
        hint: 'beacon sim --help',
      })
    }
    const trouble = hasTrouble ? (options.trouble ?? troubleShare) : 0
    const troubled = countTroubled(options.agents, trouble)
    await refuseUsedRun(home.runs, run)
    const url = await findDoors(home, options.url)
    io.note(
      `seed ${seed}  run ${run}  ${options.scenario}: ${options.agents} agents, ${rate} events/s to ${url}` +
        (troubled > 0 ? `; ${troubled} of them in for trouble` : ''),
    )
    let before: Parameters<typeof toProgressLine>[1]
    const result = await runSim({
      url,
      agents: options.agents,
      rate,
      duration_ms: options.duration ?? null,
      seed,
      scenario: options.scenario,
      trouble,
      claims: options.claimsPerBar ?? (options.claims ? 1 : undefined),
      run,
      batch: options.batch,
      connections: defaultConnections(options.batch),
      ledgerDir: home.runs,
      signal,
      clock: { monotonic_ms: () => performance.now(), wall_ms: now },
      onProgress: (progress) => {
        if (io.stderr.isTTY) io.stderr.write(`\r${toProgressLine(progress, before)}\u001b[K`)
        before = progress
      },
    })
    if (io.stderr.isTTY) io.stderr.write('\r\u001b[K')
    await printDocument({ output, io }, result, { name: 'sim', text: () => toSummary(result) })
    if (result.interrupted) return
    return result.complete ? 0 : 1
  },
})
