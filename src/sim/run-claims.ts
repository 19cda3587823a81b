// The claims of a run: made as the beat moves on, sent until they are answered, and held against the BarReports at the end.

import { makeSwarmClock } from '../client/swarm-clock.ts'
import { awaitReports } from './await-reports.ts'
import { pollBeat } from './beat-poll.ts'
import { type BarBook, makeClaimLedger } from './claim-ledger.ts'
import { makeClaimSource } from './claim-source.ts'
import type { BarComparison } from './compare-bars.ts'
import type { Books } from './deliver.ts'
import { openDoor } from './door.ts'
import { makeEncoder } from './encode.ts'
import { type Counts, type Latency, makeMeter } from './meter.ts'
import { pause } from './pause.ts'
import { makeRandom } from './random.ts'
import { makeSenders } from './senders.ts'

export type ClaimOptions = {
  /** Base URLs of the HTTP doors. */
  urls: readonly string[]
  ids: readonly string[]
  seed: number
  /** Claims per agent and bar. */
  per_bar: number
  /** Some must be refused. */
  wrongs: boolean
  timeout_ms: number
  clock: { monotonic_ms(): number; wall_ms(): number }
}

export type ClaimsResult = Counts & {
  per_bar: number
  /** Came more than a bar late, after retries: nobody's mistake. */
  too_late: number
  /** Sent, and no answer. */
  unresolved: number
  /** From the making of a claim to its acknowledgement. */
  latency_ms: Latency
  /** Null when the bars that were seen whole could not be compared. */
  bars: BarComparison | null
  notes: { what: string; detail: string; count: number }[]
  complete: boolean
}

export type ClaimRun = {
  readonly acknowledged: number
  /** Makes no more; delivers what was made and waits for the reports, both only for a moment when `signal` aborts. */
  finish(signal: AbortSignal): Promise<ClaimsResult>
}

/** The door lists at most so many errors of a request. */
const batch = 100
const connections = 8
const lanes = 256
const bytes_max = 4 * 1024 * 1024
const tick_ms = 50
const interruptGrace_ms = 2_000

export function runClaims(options: ClaimOptions): ClaimRun {
  const { ids, urls, timeout_ms, clock, per_bar, seed, wrongs } = options
  const started_ms = clock.monotonic_ms()
  const now_ms = (): number => clock.monotonic_ms() - started_ms
  const door = openDoor({ urls, path: '/ingest/claim', connections, timeout_ms })
  const meter = makeMeter()
  const ledger = makeClaimLedger(ids.length)
  let too_late = 0
  const acknowledged: Books = {
    record: ledger.record,
    loosen: ledger.loosen,
    doubt: ledger.doubt,
    refuse({ agent_seq }, code, before) {
      ledger.refuse(agent_seq, before)
      if (code !== 'claim_too_late') return false
      too_late++
      return true
    },
  }
  const senders = makeSenders({
    ports: {
      door,
      meter,
      acknowledged,
      now_ms,
      encode: makeEncoder({ batch, varied: false }),
      random: makeRandom(seed, 8),
    },
    lanes: { lanes: Math.min(ids.length, lanes), batch, bytes_max, linger_ms: tick_ms },
    connections,
  })
  const over = new AbortController()
  const beats = pollBeat(door, toBothClocks(clock), over.signal)
  const hlc = makeSwarmClock('sim', clock.wall_ms)
  const source = makeClaimSource({ ids, seed, per_bar, wrongs, ledger, hlc: hlc.next })
  const made = new AbortController()
  /** The bar in which the swarm joined: not seen whole. */
  let joined: number | undefined

  const making = make()
  async function make(): Promise<void> {
    while (await pause(tick_ms, made.signal)) {
      const beat = beats.now()
      if (!beat) continue
      joined ??= beat.from_beat
      for (const event of source.due(beat, now_ms())) senders.push(event)
      senders.send()
    }
  }

  const drained = async (signal: AbortSignal): Promise<void> => {
    const until = now_ms() + (signal.aborted ? interruptGrace_ms : timeout_ms)
    while (senders.waiting + senders.flying.size > 0 && now_ms() < until) {
      senders.send()
      await pause(tick_ms, undefined)
    }
  }

  return {
    get acknowledged() {
      return meter.counts.acknowledged
    },
    async finish(signal) {
      made.abort()
      await making
      const end = beats.now()
      await drained(signal)
      const whole = (bar: BarBook): boolean =>
        joined !== undefined && end !== undefined && bar.from_beat > joined && bar.to_beat < end.from_beat
      const books = (): BarBook[] => ledger.books().filter(whole)
      const bars = end ? await awaitReports({ door, books, end, wall_ms: clock.wall_ms, signal }) : null
      over.abort()
      const dropped = await senders.stop(0)
      const unresolved =
        dropped + [...senders.flying.keys()].reduce((sum, { events }) => sum + events.length, 0)
      const { counts } = meter
      const bad = counts.rejected_unexpected + counts.wrongly_answered + counts.unclear + unresolved
      return {
        per_bar,
        ...counts,
        too_late,
        unresolved,
        latency_ms: meter.readLatency(),
        bars,
        notes: [...meter.notes],
        complete: bad === 0 && bars !== null && bars.differences.length === 0,
      }
    },
  }
}

const toBothClocks = (clock: ClaimOptions['clock']) => () => ({
  monotonic_ms: clock.monotonic_ms(),
  wall_ms: clock.wall_ms(),
})
