// The ledger of claims: which agents Beacon acknowledged in which bar, and where an answer never came. Claims are not
// numbered on the wire, so what is in doubt makes a range instead of a number.

import { barOf } from '../core/beat.ts'
import type { ClaimState } from '../core/status-claim.ts'

/** A number that is known up to what is in doubt; both ends included. */
export type Range = { least: number; most: number }

/** What the claims of one bar must have made of its report. */
export type BarBook = {
  from_beat: number
  to_beat: number
  /** Distinct agents. */
  agents: Range
  claims_least: number
  /** Agents that said that work was reviewed; in time or not. */
  reviews_most: number
  promises: Range
}

/** What counting needs to know of a claim beside its agent. */
export type ClaimKind = { review: boolean; help: ClaimState | null }

export type ClaimLedger = {
  /** Notes a claim that is about to be sent under this number, which is the run's own. */
  sent(
    number: number,
    agent: number,
    beat: { beat_index: number; beats_per_bar: number },
    kind: ClaimKind,
  ): void
  /** Beacon said yes; false when it did before. */
  record(agent: number, number: number): boolean
  /** The answer of this claim says nothing about its place among its agent's. */
  loosen(agent: number, number: number): void
  /** The answer says neither yes nor no. */
  doubt(agent: number, number: number): void
  /** Beacon said no; `before` when an earlier attempt had no answer, and may have been stored. */
  refuse(number: number, before: boolean): void
  /** Bars with claims, oldest first. Claims without an answer are in doubt. */
  books(): BarBook[]
}

/** Bars that are kept by agent; of older ones only the numbers are. */
const openBarsMax = 8
const booksMax = 1_000

type Sent = { agent: number; bar: OpenBar; kind: ClaimKind; loose: boolean }

/** By agent: 0 nothing, 1 in doubt, 2 acknowledged. */
type OpenBar = {
  from_beat: number
  to_beat: number
  agents: Uint8Array
  reviews: Uint8Array
  helping: Map<number, number>
  helped: Map<number, number>
  claims: number
}

const doubtful = 1
const sure = 2

export function makeClaimLedger(agents: number): ClaimLedger {
  const open: OpenBar[] = []
  const closed: BarBook[] = []
  const pending = new Map<number, Sent>()

  function barFor(beat: { beat_index: number; beats_per_bar: number }): OpenBar {
    const { from_beat, to_beat } = barOf(beat.beat_index, beat.beats_per_bar)
    const known = open.find((each) => each.from_beat === from_beat)
    if (known) return known
    const bar: OpenBar = {
      from_beat,
      to_beat,
      agents: new Uint8Array(agents),
      reviews: new Uint8Array(agents),
      helping: new Map(),
      helped: new Map(),
      claims: 0,
    }
    open.push(bar)
    open.sort((a, b) => a.from_beat - b.from_beat)
    if (open.length > openBarsMax) close(open.shift() as OpenBar)
    return bar
  }

  function close(bar: OpenBar): void {
    settle(bar)
    closed.push(toBook(bar))
    if (closed.length > booksMax) closed.shift()
  }

  /** What has no answer is in doubt. */
  function settle(bar: OpenBar): void {
    for (const each of pending.values()) if (each.bar === bar) mark(each, doubtful)
  }

  function mark({ agent, bar, kind }: Sent, as: number): void {
    bar.agents[agent] = Math.max(bar.agents[agent] as number, as)
    if (kind.review) bar.reviews[agent] = Math.max(bar.reviews[agent] as number, as)
    const promises = kind.help === 'helping' ? bar.helping : bar.helped
    if (kind.help) promises.set(agent, Math.max(promises.get(agent) ?? 0, as))
  }

  return {
    sent(number, agent, beat, kind) {
      pending.set(number, { agent, bar: barFor(beat), kind, loose: false })
    },
    record(_agent, number) {
      const sent = pending.get(number)
      if (!sent) return false
      pending.delete(number)
      mark(sent, sure)
      sent.bar.claims++
      if (sent.loose && sent.kind.help) loosenPromise(sent)
      return true
    },
    loosen(_agent, number) {
      const sent = pending.get(number)
      if (sent) sent.loose = true
    },
    doubt(_agent, number) {
      const sent = pending.get(number)
      if (sent) mark(sent, doubtful)
      pending.delete(number)
    },
    refuse(number, before) {
      const sent = pending.get(number)
      if (sent && before) mark(sent, doubtful)
      pending.delete(number)
    },
    books() {
      for (const bar of open) settle(bar)
      return [...closed, ...open.map(toBook)]
    },
  }
}

/** Whether help came before its completion is not known: the promise may not count. */
const loosenPromise = ({ bar, agent }: Sent): void => void bar.helping.set(agent, doubtful)

function toBook(bar: OpenBar): BarBook {
  return {
    from_beat: bar.from_beat,
    to_beat: bar.to_beat,
    agents: rangeOf(bar.agents),
    claims_least: bar.claims,
    reviews_most: rangeOf(bar.reviews).most,
    promises: rangeOf([...bar.helping].map(([agent, help]) => Math.min(help, bar.helped.get(agent) ?? 0))),
  }
}

function rangeOf(marks: Iterable<number>): Range {
  const range = { least: 0, most: 0 }
  for (const mark of marks) {
    if (mark === sure) range.least++
    if (mark > 0) range.most++
  }
  return range
}
