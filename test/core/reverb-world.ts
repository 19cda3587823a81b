// Aggregators on one stream, in a world of beats: what they issue is stored as a broker would store it.

import type { BarReport } from '../../src/core/bar-report.ts'
import { type ClaimFacts, noteReport } from '../../src/core/bars.ts'
import { barOf, toWindowId } from '../../src/core/beat.ts'
import type { Beat } from '../../src/core/beat-tracker.ts'
import { type Fleet, fold, makeFleet, pass } from '../../src/core/fleet.ts'
import {
  hearReport,
  lookAtBars,
  lookBefore,
  makeReverb,
  type Outgoing,
  type Reverb,
  removeOutgoing,
} from '../../src/core/reverb.ts'

const cluster = 'c'
const bpm = 120

/** The beat at a position in beats. */
export function beatAt(position: number, beats_per_bar: number, degraded = false): Beat {
  const beat_index = Math.floor(position)
  const bar = barOf(beat_index, beats_per_bar)
  return {
    ...bar,
    beat_index,
    downbeat: beat_index === bar.from_beat,
    phase: 'plan',
    progress: position - beat_index,
    window_id: toWindowId(cluster, bar.from_beat),
    tempo_bpm: bpm,
    beats_per_bar,
    starts_ms: beat_index * 500,
    deadline_ms: 0,
    ends_ms: beat_index * 500 + 500,
    degraded,
    epoch: 1,
    leader: 'x',
  }
}

type Message = { claim: ClaimFacts; agent: string } | { report: BarReport }

/** The stream, and the bars of all claims in it. */
export class Stream {
  readonly messages: Message[] = []
  readonly ids = new Set<string>()
  readonly beats_per_bar: number

  constructor(beats_per_bar: number) {
    this.beats_per_bar = beats_per_bar
  }

  claim(agent: string, beat: number, late = false): void {
    const bar = barOf(beat, this.beats_per_bar)
    this.messages.push({
      agent,
      claim: {
        ...bar,
        window_id: toWindowId(cluster, bar.from_beat),
        state: 'executing',
        task: '',
        progress: 0,
        on_time: !late,
        late,
      },
    })
  }

  /** As the broker: an id is taken once. */
  store(report: BarReport): void {
    const id = `${report.window_id}.${report.revision}`
    if (this.ids.has(id)) return
    this.ids.add(id)
    this.messages.push({ report })
  }

  reports(): BarReport[] {
    return this.messages.flatMap((message) => ('report' in message ? [message.report] : []))
  }

  /** Claims by bar. */
  claimed(): Map<number, number> {
    const counts = new Map<number, number>()
    for (const each of this.messages)
      if ('claim' in each) counts.set(each.claim.from_beat, (counts.get(each.claim.from_beat) ?? 0) + 1)
    return counts
  }
}

export class Aggregator {
  readonly stream: Stream
  fleet: Fleet = makeFleet(4)
  reverb: Reverb = makeReverb(cluster)
  folded = 0
  /** Where the stream ended with the bar. */
  end = Number.POSITIVE_INFINITY
  readonly issued: string[] = []

  constructor(stream: Stream) {
    this.stream = stream
  }

  fold(count = Number.POSITIVE_INFINITY): void {
    const { messages } = this.stream
    for (let i = 0; i < count && this.folded < messages.length; i++) {
      const message = messages[this.folded++] as Message
      const source = { fleet: this.fleet, now_ms: 0 }
      if ('claim' in message) {
        const { claim, agent } = message
        lookBefore(this.reverb, claim, source)
        fold(this.fleet, {
          seq: this.folded,
          agent_id: agent,
          kind: 'claim',
          status: claim.state,
          received_at_ms: this.folded,
          claim,
          metadata: '{}',
        })
      } else {
        pass(this.fleet, this.folded)
        lookBefore(this.reverb, message.report, source)
        noteReport(this.fleet.bars, message.report)
        hearReport(this.reverb, message.report)
      }
    }
    this.noteIssued()
  }

  /** `informed`: the downbeat's frame has come. */
  look(position: number, { degraded = false, informed = true } = {}): void {
    const beat = beatAt(position, this.stream.beats_per_bar, degraded)
    if (beat.from_beat > this.reverb.from_beat) this.end = this.stream.messages.length
    if (informed) this.reverb.facts.downbeat = beat.from_beat
    lookAtBars(this.reverb, { beat, caught_up: this.folded >= this.end, fleet: this.fleet, now_ms: 0 })
    this.noteIssued()
  }

  /** Sends the oldest of its outbox. */
  send(): void {
    const [outgoing] = this.reverb.outbox
    if (!outgoing) return
    this.stream.store(outgoing.report)
    removeOutgoing(this.reverb, outgoing)
  }

  /** It was killed, and comes back with the fleet as it was at a checkpoint. */
  restart(back: number): void {
    const to = Math.max(0, this.folded - back)
    this.fleet = makeFleet(4)
    this.reverb = makeReverb(cluster)
    this.folded = 0
    this.issued.length = 0
    this.known.clear()
    this.fold(to)
  }

  readonly known = new Set<Outgoing>()

  noteIssued(): void {
    for (const outgoing of this.reverb.outbox) {
      if (this.known.has(outgoing)) continue
      this.known.add(outgoing)
      this.issued.push(`${outgoing.report.window_id}.${outgoing.report.revision}`)
    }
  }
}
