// What must hold in a simulated cluster at any moment, checked as it runs.

import { barOf, toWindowId } from '../../../src/core/beat.ts'
import type { BeatFrame, PulseNote } from '../../../src/core/beat-frame.ts'
import { beatNow } from '../../../src/core/beat-tracker.ts'
import type { TempoDocument } from '../../../src/core/pulse-document.ts'
import { isLeading, type PulseEffect, type TempoRefusal } from '../../../src/core/pulse-node.ts'
import { type PulseState, scheduleAt } from '../../../src/core/pulse-state.ts'
import type { Result } from '../../../src/core/result.ts'
import { tempoRange } from '../../../src/core/tempo.ts'
import { type Broker, ttl_ms } from './broker.ts'
import type { Host } from './host.ts'
import type { Listener } from './listener.ts'
import type { World } from './world.ts'

type Start = { start_ms: number; bpm: number; beat: number }

export function makeRules(
  world: World,
  options: { cluster_id: string; bpm: number; beats_per_bar: number; delayMax_ms: number },
) {
  const { cluster_id, beats_per_bar } = options
  const broken: string[] = []
  const windows = new Map<number, string>()
  /** What was kept last, and by each epoch. */
  let kept: PulseState | undefined
  const keptBy = new Map<number, PulseState>()
  /** Newest beat of each epoch as its leader sent it, in true time. */
  const lastOf = new Map<number, Start>()
  /** The beats' tempo as it was sent first. */
  const tempi = new Map<number, number>()
  /** Of the last eight frames that a node took: the beat, and its start by their coming, in true time. */
  const seenBy = new Map<Host, { beat: number; start_ms: number }[]>()
  /** Highest epoch that came to a node. */
  const heardBy = new Map<Host, number>()
  let forcedUntil_ms = 0
  let frames = 0
  let shifted = false
  let published_ms = 0
  /** The longest time without a frame at the broker. */
  let silence_ms = 0
  let tempo_bpm = options.bpm
  /** What the tempo may be by the answers given. */
  const wanted = new Set([options.bpm])

  const breaks = (text: string): void => {
    if (broken.length < 20) broken.push(`at ${world.now_ms().toFixed(1)}: ${text}`)
  }

  /** Equal everywhere for the same beat. */
  const checkWindow = (beat: number, window_id: string, who: string): void => {
    const { from_beat } = barOf(beat, beats_per_bar)
    const known = windows.get(from_beat)
    if (known === undefined) windows.set(from_beat, toWindowId(cluster_id, from_beat))
    if (known !== undefined && known !== window_id) breaks(`${who}: another window for beat ${beat}`)
  }

  const checkSent = (broker: Broker, host: Host, frame: BeatFrame, note: PulseNote): void => {
    const { beat_index: beat, tempo_bpm: bpm } = frame
    const lease = broker.read('lease')
    // Its answer may be on the way still, but nobody else may hold it.
    if (broker.isUp() && lease?.value !== host.name && world.now_ms() > forcedUntil_ms)
      breaks(`${host.name} sends beat ${beat} without the lease, which ${lease?.value ?? 'nobody'} holds`)
    if (!(keptBy.get(note.epoch)?.leader === host.name))
      breaks(`${host.name} sends beat ${beat} before its epoch is kept`)
    if (note.epoch < (heardBy.get(host) ?? 0))
      breaks(`${host.name} sends beat ${beat} of epoch ${note.epoch} after it heard of a higher one`)
    // What is sent again from before a change of tempo has the new one.
    const known = tempi.get(beat) ?? bpm
    if (beat >= (host.node.term?.schedule.beat ?? 0)) {
      if (known !== bpm && !shifted)
        breaks(`${host.name} sends beat ${beat} with ${bpm} BPM, which had ${known}`)
      tempi.set(beat, bpm)
    }
    const start_ms = world.now_ms() - note.late_ms
    const before = lastOf.get(note.epoch)
    if (before && beat > before.beat) {
      const due_ms = before.start_ms + ((beat - before.beat) * 60_000) / before.bpm
      if (beat === before.beat + 1 && Math.abs(start_ms - due_ms) > 1 + 0.001 * (start_ms - before.start_ms))
        breaks(
          `${host.name}: beat ${beat} starts ${(start_ms - due_ms).toFixed(1)} ms off its leader's schedule`,
        )
      if (beat === before.beat + 1 && bpm !== before.bpm) {
        const { min_bpm, max_bpm } = tempoRange(before.bpm)
        if (bpm < min_bpm || bpm > max_bpm) breaks(`${host.name}: from ${before.bpm} to ${bpm} BPM at once`)
      }
    }
    if (!before || beat > before.beat) lastOf.set(note.epoch, { start_ms, bpm, beat })
    if (!before) checkTakeover(host, start_ms, beat, note.epoch)
  }

  /** A new leader that heard the one before goes on with its schedule, whatever the wall clocks say. */
  const checkTakeover = (host: Host, start_ms: number, beat: number, epoch: number): void => {
    const last = [...lastOf].filter(([other]) => other < epoch).at(-1)?.[1]
    const { taken, estimate } = host.node.tracker
    if (!last || !estimate || shifted || taken < last.beat - 1) return
    // The first frames may have been read by wall clocks that differ by less than a beat.
    if (last.bpm !== estimate.base.bpm || estimate.offsets_ms.length < 8 || estimate.offsets_ms[0] === 0)
      return
    // A change of tempo that was kept came in between.
    if ((host.node.term?.schedule.beat ?? 0) > last.beat) return
    // It goes by the earliest of the last eight frames that came to it. These may be of the leader before the last one too, and
    // they may all have waited while it or their sender was stopped or cut off: then the beat is later from here on.
    const seen = (seenBy.get(host) ?? []).map(
      (each) => each.start_ms + ((beat - each.beat) * 60_000) / last.bpm,
    )
    const due_ms = Math.min(...seen)
    const slack_ms = options.delayMax_ms + 100 + 0.001 * Math.abs(start_ms - last.start_ms)
    if (Math.abs(start_ms - due_ms) > slack_ms)
      breaks(`${host.name} takes over with beat ${beat} ${(start_ms - due_ms).toFixed(0)} ms off`)
  }

  /** What is allowed may be under way already: its tempo stays. */
  const checkAllowed = (before: PulseState, after: PulseState): void => {
    const bpmAt = ({ schedule, tempo_next }: PulseState, beat: number): number =>
      scheduleAt(schedule, tempo_next, beat).schedule.bpm
    for (let beat = after.schedule.beat; beat <= before.last_beat; beat++)
      if (bpmAt(before, beat) !== bpmAt(after, beat))
        breaks(`beat ${beat}, allowed with ${bpmAt(before, beat)} BPM, is kept with ${bpmAt(after, beat)}`)
  }

  return {
    broken,
    break: breaks,
    frames: () => frames,
    leaders: () => keptBy.size,
    tempo: () => tempo_bpm,
    isShifted: () => shifted,
    /** A node goes on by the wall clock, which differs between machines: no promise about time is left. */
    noteUntold() {
      shifted = true
    },

    /** Until its next renewal the one that holds it cannot know. */
    noteForced() {
      forcedUntil_ms = world.now_ms() + ttl_ms
    },

    onHeard(host: Host, beat: number, { epoch, late_ms }: PulseNote): void {
      if (beat > host.node.tracker.taken)
        seenBy.set(
          host,
          [...(seenBy.get(host) ?? []), { beat, start_ms: world.now_ms() - late_ms }].slice(-8),
        )
      heardBy.set(host, Math.max(heardBy.get(host) ?? 0, epoch))
    },

    onStep(broker: Broker, host: Host, effects: PulseEffect[]): void {
      for (const effect of effects)
        if (effect.kind === 'send') checkSent(broker, host, effect.frame, effect.note)
    },

    onPublished(text: string): void {
      const { frame, note } = JSON.parse(text) as { frame: BeatFrame; note: PulseNote }
      frames++
      if (published_ms > 0) silence_ms = Math.max(silence_ms, world.now_ms() - published_ms)
      published_ms = world.now_ms()
      const allowed = keptBy.get(note.epoch)
      if (!allowed || frame.beat_index > allowed.last_beat)
        breaks(`beat ${frame.beat_index} of epoch ${note.epoch} is not allowed by what is kept`)
      if (kept?.epoch === note.epoch) tempo_bpm = frame.tempo_bpm
    },

    onState(value: string): void {
      const state = JSON.parse(value) as PulseState
      if (kept && state.epoch < kept.epoch) breaks(`epoch ${state.epoch} is kept after ${kept.epoch}`)
      if (kept && state.epoch === kept.epoch && state.leader !== kept.leader)
        breaks(`epoch ${state.epoch} has two leaders`)
      if (kept && state.last_beat < kept.last_beat) breaks(`the kept beat went back to ${state.last_beat}`)
      if (kept) checkAllowed(kept, state)
      kept = state
      keptBy.set(state.epoch, state)
    },

    /** Whether it will be is not known before the answer, and when its leader dies, not even then. */
    noteAsked(bpm: number): void {
      wanted.add(bpm)
    },

    onTempo(bpm: number, answer: Result<TempoDocument, TempoRefusal>): void {
      if (answer.ok) {
        // Of the ones before, the last one counts.
        wanted.clear()
        wanted.add(answer.value.tempo_next?.bpm ?? answer.value.tempo_bpm)
      } else if (answer.error.reason === 'invalid') {
        wanted.delete(bpm)
        if (wanted.size === 0) wanted.add(tempo_bpm)
      }
    },

    /** Local counts, also while nothing is heard. */
    sample(listeners: Listener[]): void {
      for (const { tracker, machine } of listeners) {
        if (!machine.isRunning()) continue
        const beat = beatNow(tracker, machine.clock())
        if (beat) checkWindow(beat.beat_index, beat.window_id, 'a listener')
      }
    },

    atEnd(listeners: Listener[], hosts: Host[]): void {
      for (const [index, listener] of listeners.entries()) {
        const who = `listener ${index}`
        for (const text of listener.mistakes) breaks(`${who}: ${text}`)
        let last = -1
        for (const { beat, window_id } of listener.taken) {
          checkWindow(beat, window_id, who)
          if (beat <= last) breaks(`${who}: beat ${beat} after ${last}`)
          const gapless = listener.link.isWhole() && !shifted && last >= 0
          if (gapless && beat !== last + 1 && silence_ms < (beats_per_bar - 4) * (60_000 / 300))
            breaks(`${who}: beat ${beat} after ${last}, longest silence ${silence_ms.toFixed(0)} ms`)
          last = beat
        }
      }
      const leader = hosts.find(({ node, machine }) => machine.isRunning() && isLeading(node))
      if (leader && !wanted.has(leader.node.term?.schedule.bpm ?? 0))
        breaks(`the tempo is ${leader.node.term?.schedule.bpm}, answered was ${[...wanted].join(' or ')}`)
      const beats = listeners.map(({ tracker, machine }) => beatNow(tracker, machine.clock()))
      const indexes = beats.map((beat) => beat?.beat_index ?? -1)
      if (!shifted && Math.max(...indexes) - Math.min(...indexes) > 1)
        breaks(`listeners count ${indexes.join(', ')} after healing`)
    },
  }
}
