// Delivers one request's events: sends until each one is acknowledged or refused, or until the run gives up.

import { type Judgement, judgeAnswer, type Verdict } from './answer.ts'
import type { Door, DoorAnswer } from './door.ts'
import type { SimEncoder } from './encode.ts'
import type { Acknowledged } from './ledger.ts'
import type { Meter } from './meter.ts'
import type { Random } from './random.ts'
import type { SimEvent } from './scenario.ts'

/** Events on their way. What is left in `events` has no answer yet; empty means resolved. */
export type Delivery = { events: SimEvent[] }

/** Where it is written down what became of each event. */
export type Books = Pick<Acknowledged, 'record' | 'loosen' | 'doubt'> & {
  /** A good event was refused, perhaps after an attempt without an answer; true when that was to be expected. */
  refuse?(event: SimEvent, code: string | undefined, before: boolean): boolean
}

export type DeliverPorts = {
  door: Pick<Door, 'post' | 'close'>
  encode: SimEncoder
  meter: Meter
  acknowledged: Books
  /** Milliseconds since the run's start. */
  now_ms(): number
  /** Jitter of the pauses. */
  random: Random
  /** Waits; resolves to false, at once, when the run sends nothing more. */
  pause(ms: number): Promise<boolean>
}

/** The longest pause before a retry, whatever Retry-After says: the run should see Beacon come back. */
const pauseMaxMs = 1_000
const pauseFirstMs = 50

/** Resolves when all is answered or the run gave up; `delivery.events` then holds what has no answer. */
export async function deliver(ports: DeliverPorts, delivery: Delivery): Promise<void> {
  const { door, meter } = ports
  countSent(meter, delivery.events)
  let request = ports.encode(delivery.events)
  for (let attempt = 0; ; attempt++) {
    meter.counts.requests++
    const answer = await door.post(request.body, request.headers)
    const before = delivery.events
    delivery.events = settle(ports, before, answer, attempt > 0)
    if (delivery.events.length === 0) return
    meter.note('sent again', answer.ok ? `status ${answer.status}` : answer.code)
    if (!(await ports.pause(pauseMs(answer, attempt, ports.random)))) return
    meter.counts.retried += delivery.events.length
    if (delivery.events.length < before.length) request = ports.encode(delivery.events)
  }
}

function pauseMs(answer: DoorAnswer, attempt: number, random: Random): number {
  const asked = answer.ok ? answer.retry_after_ms : undefined
  const ms = Math.min(pauseMaxMs, asked ?? pauseFirstMs * 2 ** Math.min(attempt, 10))
  // Full senders that were refused together must not come back together.
  return ms * (0.5 + random.below(1000) / 2000)
}

function countSent(meter: Meter, events: SimEvent[]): void {
  meter.counts.sent += events.length
  for (const event of events) if (event.duplicate) meter.counts.duplicates_sent++
}

/** Books what the answer settles and returns what must be sent again. */
function settle(
  ports: DeliverPorts,
  events: SimEvent[],
  answer: DoorAnswer,
  triedBefore: boolean,
): SimEvent[] {
  if (!answer.ok) {
    const [only] = events
    if (!only?.wrong?.may_reset) return events
    ports.meter.counts.rejected_expected++
    return []
  }
  const judgement = judgeAnswer(answer.status, answer.body, events.length)
  const { verdicts } = judgement
  if (verdicts === 'again') return events
  if (Array.isArray(verdicts)) loosenOvertaken(ports, events, verdicts)
  const left: SimEvent[] = []
  const now = ports.now_ms()
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as SimEvent
    const verdict = Array.isArray(verdicts) ? (verdicts[i] as Verdict) : verdicts
    if (verdict === 'again') left.push(event)
    else if (event.wrong) bookWrong(ports.meter, event.wrong, verdict, answer.status, judgement, events)
    else if (verdict === 'accepted') bookAccepted(ports, event, now)
    else if (verdict === 'unclear') bookUnclear(ports, event, judgement)
    else if (!ports.acknowledged.refuse?.(event, judgement.codes?.get(i), triedBefore)) {
      ports.meter.counts.rejected_unexpected++
      ports.meter.note('good event refused', judgement.detail ?? '')
    }
  }
  return left
}

function bookAccepted(ports: DeliverPorts, event: SimEvent, now_ms: number): void {
  if (ports.acknowledged.record(event.agent, event.agent_seq)) ports.meter.counts.acknowledged++
  ports.meter.latency(now_ms - event.due_ms)
}

function bookUnclear({ acknowledged, meter }: DeliverPorts, event: SimEvent, judgement: Judgement): void {
  acknowledged.doubt(event.agent, event.agent_seq)
  meter.counts.unclear++
  meter.note('answer outside the contract', judgement.detail ?? '')
}

function bookWrong(
  meter: Meter,
  wrong: NonNullable<SimEvent['wrong']>,
  verdict: Verdict,
  status: number,
  judgement: Judgement,
  events: SimEvent[],
): void {
  // Among accepted events its index names it. Refused as a whole, the status must fit one of the wrongs.
  const fits = status === 202 || events.some((each) => each.wrong?.statuses.includes(status))
  if (verdict === 'rejected' && fits) {
    meter.counts.rejected_expected++
    return
  }
  meter.counts.wrongly_answered++
  const answer = verdict === 'accepted' ? `accepted with ${status}` : (judgement.detail ?? String(status))
  meter.note(`wrong answer: ${wrong.name}`, `${answer}; expected ${wrong.statuses.join(' or ')}`)
}

/**
 * A refused event whose agent had a later one accepted in the same request: its retry says nothing about its place,
 * since the refused attempt may have been stored after all.
 */
function loosenOvertaken(ports: DeliverPorts, events: SimEvent[], verdicts: Verdict[]): void {
  const accepted = new Set<number>()
  for (let i = events.length - 1; i >= 0; i--) {
    const event = events[i] as SimEvent
    if (event.wrong) continue
    if (verdicts[i] === 'accepted') accepted.add(event.agent)
    else if (verdicts[i] === 'again' && accepted.has(event.agent)) {
      ports.acknowledged.loosen(event.agent, event.agent_seq)
      ports.meter.counts.overtaken++
    }
  }
}
