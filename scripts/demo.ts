// `npm run demo`: an instance in a temporary home, 1,000 simulated agents, and `beacon top` on them. Without a terminal it
// prints the fleet every few seconds and succeeds only if agents, archive and bars were seen. Cleans up whatever happens.

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../bin/beacon.js', import.meta.url))
const agents = 1_000
const look_ms = 3_000

const home = mkdtempSync(join(tmpdir(), 'beacon-demo-'))
const end = new AbortController()
const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
let endedBy: keyof typeof codes | undefined
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    endedBy ??= signal
    end.abort()
  })
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** A session of its own, so that Ctrl-C in the terminal reaches only this script, which then ends them in order. */
const start = (args: string[], stdio: StdioOptions, detached = true): ChildProcess =>
  spawn(process.execPath, [bin, ...args], {
    stdio,
    detached,
    // Bars of four seconds at 120 BPM, so that several are seen.
    env: { ...process.env, BEACON_HOME: home, BEACON_BEATS_PER_BAR: '8', NODE_ENV: 'production' },
  })

async function run(args: string[]): Promise<string> {
  const child = start(args, ['ignore', 'pipe', 'inherit'])
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`beacon ${args.join(' ')} ended with ${code}`)
  return text
}

type Snapshot = {
  totals: { agents: number; rate_10s: number }
  lag: { events: number }
  books: { accepted: number; archived: number; balanced: boolean } | null
}

type Bar = { from_beat: number; agents_reporting: number; on_time_reviews: number }

/** The report of the bar that ended last. */
async function fetchLastBar(): Promise<Bar | undefined> {
  const { http } = JSON.parse(readFileSync(join(home, 'run', 'daemon.json'), 'utf8')) as { http: string }
  const answer = await fetch(`http://${http}/api/v1/bars?limit=1`)
  if (!answer.ok) return undefined
  const { bars } = (await answer.json()) as { bars: Bar[] }
  return bars.at(-1)
}

/** Prints the fleet until the time is over; whether agents, archive and bars were seen. */
async function watch(sim: ChildProcess, seconds: number): Promise<boolean> {
  const until = performance.now() + seconds * 1_000
  let seen = { agents: false, archive: false, bars: false }
  while (performance.now() < until && !end.signal.aborted) {
    const left_ms = Math.max(0, until - performance.now())
    await sleep(Math.min(look_ms, left_ms), undefined, { signal: end.signal }).catch(() => {})
    if (end.signal.aborted) break
    if (sim.exitCode !== null) throw new Error(`the simulator ended with ${sim.exitCode}`)
    const { totals, lag, books } = JSON.parse(await run(['top', '--once', '-o', 'json'])) as Snapshot
    const bar = await fetchLastBar()
    seen = {
      agents: seen.agents || totals.agents > 0,
      archive: seen.archive || (books?.archived ?? 0) > 0,
      bars: seen.bars || (bar?.agents_reporting ?? 0) > 0,
    }
    const count = (value: number): string => Math.round(value).toLocaleString('en')
    say(
      `${count(totals.agents)} agents  ${count(totals.rate_10s)} events/s  lag ${count(lag.events)}  ` +
        (books ? `archived ${count(books.archived)} of ${count(books.accepted)}` : 'books not known yet') +
        (bar
          ? `  bar of beat ${bar.from_beat}: ${count(bar.agents_reporting)} agents, ${count(bar.on_time_reviews)} reviewed in time`
          : ''),
    )
  }
  if (end.signal.aborted) return false
  const verdicts = Object.entries(seen)
  say(verdicts.map(([what, was]) => `${what} ${was ? 'seen' : 'NOT SEEN'}`).join(', '))
  return verdicts.every(([, was]) => was)
}

async function demo(): Promise<boolean> {
  const { version, profiles } = JSON.parse(await run(['setup', '-o', 'json'])) as {
    version: string
    profiles: string[]
  }
  const profile = profiles[0] ?? 'fast'
  say(
    `nats-server ${version}, profile ${profile}${profile === 'durable' ? '' : ' (the strongest that it supports)'}`,
  )
  say((await run(['daemon', 'start', '--durability', profile, '--http', '127.0.0.1:0'])).trimEnd())
  if (end.signal.aborted) return false
  const sim = start(['sim', '-q', '--agents', String(agents), '--claims'], ['ignore', 'ignore', 'inherit'])
  try {
    if (process.stdout.isTTY && process.stdin.isTTY) {
      const top = start(['top'], 'inherit', false)
      end.signal.addEventListener('abort', () => top.kill('SIGTERM'))
      const [code] = (await once(top, 'close')) as [number | null]
      return code === 0
    }
    return await watch(sim, Number(process.env.BEACON_DEMO_SECONDS) || 20)
  } finally {
    await finish(sim)
  }
}

async function finish(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'close')
  child.kill('SIGINT')
  const hard = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await gone
  clearTimeout(hard)
}

try {
  process.exitCode = (await demo()) ? 0 : 1
} catch (error) {
  if (!end.signal.aborted) {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : error}\n`)
    try {
      process.stderr.write(
        readFileSync(join(home, 'logs', 'daemon.log'), 'utf8')
          .split('\n')
          .slice(-20)
          .join('\n'),
      )
    } catch {
      // The daemon never got as far as a log.
    }
  }
  process.exitCode = 1
} finally {
  await run(['daemon', 'stop']).catch(() => {})
  rmSync(home, { recursive: true, force: true })
}
if (endedBy) process.exitCode = codes[endedBy]
