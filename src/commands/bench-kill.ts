// `beacon bench kill`: from the operator's request to a process that is gone, one by one and for many at once.

import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NatsConnection } from '@nats-io/nats-core'
import { requestCommand } from '../client/commands-client.ts'
import { connectHome } from '../client/endpoints.ts'
import { requestInParts } from '../client/request-in-parts.ts'
import { toHome } from '../daemon/home.ts'
import { type BenchDaemonOptions, withDaemon } from './bench-daemon.ts'
import type { HostNews, HostOrder } from './bench-kill-host.ts'
import { type BenchRow, percentile, round, toFigure, toLimit } from './bench-row.ts'

export type KillBenchOptions = BenchDaemonOptions & {
  /** Agents that are killed one after the other. */
  runs: number
  /** Agents that are killed at once. */
  together: number
  onStep(text: string): void
}

type Spread = { p50: number; p99: number; max: number }
/** Milliseconds from the request to the end of the program, as its runner saw it. */
export type KillBench = { runs: number; single_ms: Spread; together: number; together_ms: Spread }

const hosts = 4
const patience_ms = 60_000
const hostFile = fileURLToPath(new URL(`./bench-kill-host${extname(import.meta.url)}`, import.meta.url))
const now = (): number => performance.timeOrigin + performance.now()

export async function benchKill(options: KillBenchOptions): Promise<KillBench> {
  const { runs, together, onStep } = options
  const folder = mkdtempSync(join(tmpdir(), 'beacon-bench-'))
  const home = toHome(join(folder, 'home'))
  try {
    return await withDaemon(options, home, async ({ daemon }) => {
      const nc = await connectHome(home, 'operator', 'bench-kill')
      const url = `http://${daemon.http}`
      try {
        onStep(`kill: ${runs} agents, one after the other`)
        const single_ms = await withAgents(url, 'one', runs, (swarm) => killEach(nc, swarm))
        onStep(`kill: ${together.toLocaleString('en')} agents at once`)
        const together_ms = await withAgents(url, 'all', together, (swarm) => killAll(nc, swarm))
        return { runs, single_ms, together, together_ms }
      } finally {
        await nc.close()
      }
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const toKillRows = ({ runs, single_ms, together, together_ms }: KillBench): BenchRow[] => [
  toLimit('kill', `request → process gone p99, ${runs} runs`, single_ms.p99, 250, 'ms'),
  toFigure('kill', 'request → process gone p50', single_ms.p50, 'ms'),
  toFigure('kill', `${together.toLocaleString('en')} at once, half gone`, together_ms.p50, 'ms'),
  toFigure('kill', `${together.toLocaleString('en')} at once, all gone`, together_ms.max, 'ms'),
]

type Swarm = { agents: string[]; gone(agent: string): Promise<number> }

async function killEach(nc: NatsConnection, { agents, gone }: Swarm): Promise<Spread> {
  const times: number[] = []
  for (const agent of agents) {
    const asked_ms = now()
    await requestCommand(nc, { command: 'terminate', agents: [agent], reason: 'bench' })
    times.push((await gone(agent)) - asked_ms)
  }
  return toSpread(times)
}

async function killAll(nc: NatsConnection, { agents, gone }: Swarm): Promise<Spread> {
  const asked_ms = now()
  await requestInParts(nc, { command: 'terminate', agents, reason: 'bench' })
  return toSpread((await Promise.all(agents.map(gone))).map((at_ms) => at_ms - asked_ms))
}

const toSpread = (times: number[]): Spread => ({
  p50: round(percentile(times, 0.5)),
  p99: round(percentile(times, 0.99)),
  max: round(Math.max(...times)),
})

/** Runs `measure` on agents that are connected, spread over a few processes. */
async function withAgents<T>(
  url: string,
  name: string,
  count: number,
  measure: (swarm: Swarm) => Promise<T>,
): Promise<T> {
  const agents = Array.from({ length: count }, (_, i) => `bench-${name}-${i}`)
  const ends = new Map(agents.map((agent) => [agent, Promise.withResolvers<number>()]))
  const children: ChildProcess[] = []
  try {
    const share = Math.ceil(count / hosts)
    const ready = Array.from({ length: Math.ceil(count / share) }, (_, i) => {
      const child = fork(hostFile, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
      children.push(child)
      return startHost(child, { url, agents: agents.slice(i * share, (i + 1) * share) }, (agent, at_ms) =>
        ends.get(agent)?.resolve(at_ms),
      )
    })
    await Promise.all(ready)
    return await measure({ agents, gone: (agent) => within(agent, ends.get(agent)?.promise) })
  } finally {
    for (const child of children) child.kill()
  }
}

function startHost(
  child: ChildProcess,
  order: HostOrder,
  onGone: (agent: string, at_ms: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('message', (news: HostNews) => {
      if (news.type === 'ready') resolve()
      else if (news.type === 'gone') onGone(news.agent, news.at_ms)
      else reject(new Error(news.reason))
    })
    child.once('exit', () => reject(new Error('a host of the bench ended early')))
    child.send(order)
  })
}

async function within(agent: string, end: Promise<number> | undefined): Promise<number> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${agent} was not gone in ${patience_ms / 1_000} s`)),
      patience_ms,
    )
  })
  return await Promise.race([end ?? late, late]).finally(() => clearTimeout(timer))
}
