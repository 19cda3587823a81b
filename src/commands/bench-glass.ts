// `beacon bench glass`: from an event to the glass. A swarm loads a daemon of the bench's own; beside it probes go through
// the public door, each with a mark of its own, until the mark comes out of a real pseudo-terminal that runs `beacon top`.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Home, toHome } from '../daemon/home.ts'
import { type BenchDaemonOptions, runLoad, withDaemon } from './bench-daemon.ts'
import { type GlassTerminal, openGlass } from './bench-glass-terminal.ts'
import { type BenchRow, percentile, round, toFigure, toLimit } from './bench-row.ts'

export type GlassBenchOptions = BenchDaemonOptions & {
  agents: number
  /** Events per second to begin with. */
  rate: number
  /** Length of the load at each rate. */
  seconds: number
  onStep(text: string): void
}

/** One rate: what the load reached, and the probes' times to the screen. */
export type GlassStep = {
  rate_per_s: number
  rate_reached_per_s: number
  /** The load kept its schedule to the end. */
  held: boolean
  probes: number
  /** Probes whose mark never came. */
  unseen: number
  sent_p50_ms: number
  sent_p99_ms: number
  acknowledged_p50_ms: number
  acknowledged_p99_ms: number
}

export type GlassBench = { steps: GlassStep[] }

/** Where the load is not held, the next lower one of these is tried, in events per second. */
const lowerRates = [40_000, 35_000, 30_000, 25_000, 20_000, 15_000, 10_000, 5_000]
const rateShare_min = 0.98
const behind_ms_max = 1_000
const probe_ms = 250
/** A screen shows an agent's last event: one agent's probes must not come faster than frames. */
const probers = 8
/** Until every agent of the load is known. */
const warm_ms = 5_000
const unseen_ms = 10_000

export async function benchGlass(options: GlassBenchOptions): Promise<GlassBench> {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-bench-'))
  try {
    const home = toHome(join(folder, 'home'))
    return await withDaemon(options, home, async ({ daemon }) => {
      const glass = await openGlass(home, ['top', '--where', 'agent:~^probe-'])
      try {
        const url = `http://${daemon.http}`
        if (!(await sendProbe(url, glass)))
          throw new Error('the screen does not show the event of an idle daemon')
        return await climbDown(options, home, url, glass)
      } finally {
        await glass.close()
      }
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** From the highest rate down to the first one that the machine holds. */
async function climbDown(
  options: GlassBenchOptions,
  home: Home,
  url: string,
  glass: GlassTerminal,
): Promise<GlassBench> {
  const steps: GlassStep[] = []
  for (const rate of [options.rate, ...lowerRates.filter((lower) => lower < options.rate)]) {
    options.onStep(`glass: ${rate.toLocaleString('en')} events/s for ${options.seconds} s`)
    const step = await measure(options, home, rate, () => sendProbe(url, glass))
    steps.push(step)
    if (step.held) break
  }
  return { steps }
}

type Probe = { sent_ms: number; acknowledged_ms: number } | undefined

async function measure(
  options: GlassBenchOptions,
  home: Home,
  rate: number,
  probe: () => Promise<Probe>,
): Promise<GlassStep> {
  const { agents, seconds, signal } = options
  const args = ['--agents', String(agents), '--rate', String(rate), '--duration', `${seconds}s`]
  const load = runLoad(options, home, args)
  const under = new AbortController()
  const loaded = load.finally(() => under.abort())
  // What fails the load is thrown below; until then it must not count as unhandled.
  loaded.catch(() => undefined)
  const probes: Promise<Probe>[] = []
  const end = performance.now() + seconds * 1_000
  await sleep(Math.min(warm_ms, (seconds * 1_000) / 2), undefined, { signal })
  while (performance.now() < end && !under.signal.aborted) {
    probes.push(probe())
    await sleep(probe_ms, undefined, { signal })
  }
  const [{ rate_achieved, behind_ms_max: behind_ms }, ...seen] = await Promise.all([loaded, ...probes])
  const there = seen.filter((each) => each !== undefined)
  const sent = there.map(({ sent_ms }) => sent_ms)
  const acknowledged = there.map(({ acknowledged_ms }) => acknowledged_ms)
  return {
    rate_per_s: rate,
    rate_reached_per_s: rate_achieved,
    held: rate_achieved >= rate * rateShare_min && behind_ms <= behind_ms_max,
    probes: probes.length,
    unseen: probes.length - there.length,
    sent_p50_ms: round(percentile(sent, 0.5)),
    sent_p99_ms: round(percentile(sent, 0.99)),
    acknowledged_p50_ms: round(percentile(acknowledged, 0.5)),
    acknowledged_p99_ms: round(percentile(acknowledged, 0.99)),
  }
}

let probed = 0

/** Sends one, and resolves when the screen shows it; undefined when it does not in time. */
async function sendProbe(url: string, glass: GlassTerminal): Promise<Probe> {
  const n = probed++
  const mark = toMark(n)
  const body = { agent_id: `probe-${n % probers}`, status: 'running', metadata: { message: mark } }
  const began_ms = performance.now()
  const shown = glass.until(mark, unseen_ms)
  const answer = await fetch(`${url}/ingest/state`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const acknowledged_ms = performance.now()
  await answer.arrayBuffer()
  const shown_ms = await shown
  if (shown_ms === undefined || answer.status !== 202) return undefined
  // The picture may come before the answer.
  return { sent_ms: shown_ms - began_ms, acknowledged_ms: Math.max(0, shown_ms - acknowledged_ms) }
}

/** Begins otherwise than the mark before it in the same row: the screen writes a row from its first new character on. */
const toMark = (n: number): string =>
  `${String.fromCharCode(97 + (Math.floor(n / probers) % 26))}-mark-${String(n).padStart(5, '0')}`

const rate_min = 50_000

export function toGlassRows({ steps }: GlassBench): BenchRow[] {
  return steps.flatMap((step, i) => {
    const bench = `glass ${step.rate_per_s.toLocaleString('en')}/s`
    const isLast = i === steps.length - 1
    const figures = [
      {
        ...toFigure(bench, step.held ? 'load, held' : 'load, not held', step.rate_reached_per_s, 'events/s'),
        ...(isLast
          ? { budget: `≥ ${rate_min.toLocaleString('en')}/s`, met: step.held && step.rate_per_s >= rate_min }
          : {}),
      },
      toFigure(bench, 'event sent → screen p50', step.sent_p50_ms, 'ms'),
      isLast
        ? toLimit(bench, 'event sent → screen p99', step.sent_p99_ms, 250, 'ms')
        : toFigure(bench, 'event sent → screen p99', step.sent_p99_ms, 'ms'),
      toFigure(bench, 'acknowledged → screen p50', step.acknowledged_p50_ms, 'ms'),
      toFigure(bench, 'acknowledged → screen p99', step.acknowledged_p99_ms, 'ms'),
    ]
    return isLast ? [...figures, toLimit(bench, 'probes never seen', step.unseen, 0, 'probes')] : figures
  })
}
