// Runs a scenario against Beacon's public door: an open loop that sends when events are due, whatever the answers.

import { openDoor } from './door.ts'
import { makeEncoder } from './encode.ts'
import { keepLedger } from './keep-ledger.ts'
import { type Acknowledged, makeAcknowledged } from './ledger.ts'
import { makeScenario } from './make-scenario.ts'
import { type Meter, makeMeter } from './meter.ts'
import { pause } from './pause.ts'
import { makeRandom } from './random.ts'
import { type ClaimRun, runClaims } from './run-claims.ts'
import type { Scenario, ScenarioName } from './scenario.ts'
import { makeSenders, type Senders } from './senders.ts'
import { type SimProgress, type SimReading, type SimResult, toProgress, toResult } from './sim-result.ts'

export type SimOptions = {
  /** Base URL of the HTTP door; of several, separated by commas, the next is taken when one fails. */
  url: string
  agents: number
  /** Events per second; in a storm, those of the calm. */
  rate: number
  /** Null runs until `signal` aborts. */
  duration_ms: number | null
  seed: number
  scenario: ScenarioName
  /** See `ScenarioOptions`. */
  trouble?: number
  /** StatusClaims per agent and bar; none when absent. */
  claims?: number | undefined
  run: string
  /** Events per request; 1 sends single objects. */
  batch: number
  /** Requests in flight at most. */
  connections: number
  /** Folder of the ledger; null keeps none. */
  ledgerDir: string | null
  /** Aborts on Ctrl-C: what is in flight is given a moment to be answered, the rest is not sent. */
  signal: AbortSignal
  onProgress?: (progress: SimProgress) => void
  /** How long after its end the run goes on to deliver what is due. */
  drain_ms?: number
  timeout_ms?: number
  /** Milliseconds that only go forward, and the wall clock. */
  clock: { monotonic_ms(): number; wall_ms(): number }
}

/** Lanes: agents that share one are sent in turn, so many lanes keep one slow request from delaying many agents. */
const lanesMax = 1024
/** Bytes of events per request, well below the 16 MiB that a body may have. */
const requestBytesMax = 4 * 1024 * 1024
/** Beacon lists at most 100 errors per answer; each wrong of a request must be among them. */
const chaosBatchMax = 100
/** Above this rate events wait a moment for company, so that requests are few and full. */
const lingerRateMin = 1_000
const lingerMs = 5
/** Events made ahead of sending. When more are due they are made later; their due time stays. */
const waitingMax = 200_000
/** Events made in one go, so that answers are read in between. */
const makeMax = 5_000
const drainMs = 15_000
const timeoutMs = 10_000
const interruptGraceMs = 2_000
const progressMs = 1_000
const sleepMaxMs = 50

/** Enough requests in flight for 50,000 events a second at the latency of a loaded Beacon; single events need more. */
export const defaultConnections = (batch: number): number => (batch === 1 ? 256 : 64)

/** Resolves when all is answered, or the drain period is over, or shortly after `signal` aborts. Throws when the ledger cannot be written. */
export async function runSim(options: SimOptions): Promise<SimResult> {
  const scenario = makeScenario(options.scenario, options)
  const meter = makeMeter()
  const acknowledged = makeAcknowledged(options.agents)
  const startedWallMs = options.clock.wall_ms()
  const startMs = options.clock.monotonic_ms()
  const nowMs = (): number => options.clock.monotonic_ms() - startMs
  const senders = openSenders(options, { meter, acknowledged, now_ms: nowMs })
  const ledger = keepLedger({
    dir: options.ledgerDir,
    head: {
      run: options.run,
      seed: options.seed,
      scenario: options.scenario,
      started: toTime(startedWallMs),
    },
    ids: scenario.ids,
    acknowledged,
    inDoubt: () => senders.flying.keys(),
  })
  const claims = startClaims(options, scenario.ids)
  const source = makeSource(scenario, options.duration_ms ?? Number.POSITIVE_INFINITY, senders)

  let behindMaxMs = 0
  const read = (): SimReading => {
    const now = nowMs()
    const behind = Math.max(0, now - Math.min(senders.oldestWaitingMs(), source.nextDueMs()))
    behindMaxMs = Math.max(behindMaxMs, behind)
    return {
      elapsed_ms: now,
      scheduled: source.made(),
      waiting: senders.waiting,
      flying: senders.flying.size,
      behind_ms: behind,
      behind_ms_max: behindMaxMs,
    }
  }
  const reporter = setInterval(() => {
    const reading = read()
    options.onProgress?.(toProgress(meter, reading, claims?.acknowledged ?? null))
  }, progressMs)
  try {
    await sendSchedule(options, source, senders, nowMs)
  } finally {
    clearInterval(reporter)
  }

  const claimed = (await claims?.finish(options.signal)) ?? null
  const reading = read()
  const scheduled = source.dueBy(reading.elapsed_ms)
  const dropped = await senders.stop(options.signal.aborted ? interruptGraceMs : 0)
  const finished = toTime(options.clock.wall_ms())
  await ledger.finish(finished)
  return toResult({
    options,
    meter,
    reading: { ...reading, scheduled },
    started: toTime(startedWallMs),
    finished,
    span_ms: Math.max(senders.lastAnswerMs, Math.min(source.end_ms, reading.elapsed_ms)),
    unsent: dropped + scheduled - source.made(),
    unresolved: [...senders.flying.keys()].reduce((sum, delivery) => sum + delivery.events.length, 0),
    interrupted: options.signal.aborted,
    claims: claimed,
    ledger: ledger.path,
  })
}

/** The loop: makes what is due, sends it, sleeps until the next is due. */
async function sendSchedule(
  options: SimOptions,
  source: Source,
  senders: Senders,
  nowMs: () => number,
): Promise<void> {
  while (!options.signal.aborted) {
    const now = nowMs()
    source.makeDue(now)
    senders.send()
    const nextDueMs = source.nextDueMs()
    const all = nextDueMs === Number.POSITIVE_INFINITY
    if (all && senders.waiting === 0 && senders.flying.size === 0) return
    if (now > source.end_ms + (options.drain_ms ?? drainMs)) return
    const wakeMs = Math.min(nextDueMs, senders.lingersUntilMs())
    await pause(Math.max(1, Math.min(sleepMaxMs, wakeMs - now)), options.signal)
  }
}

function openSenders(
  options: SimOptions,
  books: { meter: Meter; acknowledged: Acknowledged; now_ms(): number },
): Senders {
  const chaos = options.scenario === 'chaos'
  return makeSenders({
    ports: {
      ...books,
      door: openDoor({
        urls: toUrls(options),
        path: '/ingest/state',
        connections: options.connections,
        timeout_ms: options.timeout_ms ?? timeoutMs,
      }),
      encode: makeEncoder({ batch: options.batch, varied: chaos }),
      random: makeRandom(options.seed, 2),
    },
    lanes: {
      lanes: Math.min(options.agents, lanesMax),
      batch: chaos ? Math.min(options.batch, chaosBatchMax) : options.batch,
      bytes_max: requestBytesMax,
      linger_ms: options.batch > 1 && options.rate > lingerRateMin ? lingerMs : 0,
    },
    connections: options.connections,
  })
}

/** Ids with characters that no claim may name stay silent. */
const canClaim = /^[A-Za-z0-9_:-]{1,128}$/

function startClaims(options: SimOptions, ids: readonly string[]): ClaimRun | undefined {
  if (options.claims === undefined) return undefined
  return runClaims({
    urls: toUrls(options),
    ids: ids.filter((id) => canClaim.test(id)),
    seed: options.seed,
    per_bar: options.claims,
    wrongs: options.scenario === 'chaos',
    timeout_ms: options.timeout_ms ?? timeoutMs,
    clock: options.clock,
  })
}

const toUrls = ({ url }: SimOptions): string[] => url.split(',')

type Source = {
  end_ms: number
  /** Makes events that are due and hands them to the senders. */
  makeDue(now_ms: number): void
  /** Events made. */
  made(): number
  /** When the next event to make is due; Infinity when all are made. */
  nextDueMs(): number
  /** Events of the schedule that are due by then, made or not. */
  dueBy(at_ms: number): number
}

function makeSource(scenario: Scenario, end_ms: number, senders: Senders): Source {
  let made = 0
  let nextDueMs = scenario.dueAt(0)
  return {
    end_ms,
    makeDue(now) {
      for (
        let i = 0;
        i < makeMax && nextDueMs <= now && nextDueMs < end_ms && senders.waiting < waitingMax;
        i++
      ) {
        senders.push(scenario.next(nextDueMs))
        nextDueMs = scenario.dueAt(++made)
      }
    },
    made: () => made,
    nextDueMs: () => (nextDueMs < end_ms ? nextDueMs : Number.POSITIVE_INFINITY),
    dueBy(at_ms) {
      let due = made
      while (scenario.dueAt(due) < Math.min(at_ms, end_ms)) due++
      return due
    },
  }
}

const toTime = (ms: number): string => new Date(ms).toISOString()
