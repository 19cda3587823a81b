// A node of the pulse: it follows the beat, and while it holds the lease it leads. Inputs and the clocks in, effects out; it
// does nothing itself (docs/adr/0008).

import { noteBeat, noteLeaderChange } from './bar-timing.ts'
import type { BeatFrame, PulseNote } from './beat-frame.ts'
import { type Clock, hearFrame, hearStatus } from './beat-tracker.ts'
import { tick } from './hlc.ts'
import { mergeWire } from './hlc-wire.ts'
import { sendUnheardAgain } from './pulse-due.ts'
import { beginTerm, endTerm, lead, noteKept } from './pulse-lead.ts'
import type { PulseEffect, PulseInput, PulseNode } from './pulse-node.ts'

/** Changes `node`, and says what is to be done, in order. `clock` is read at the input, and frames go out at once after. */
export function step(node: PulseNode, input: PulseInput, clock: Clock): PulseEffect[] {
  const effects: PulseEffect[] = []
  const held = node.term
  take(node, input, clock, effects)
  // A process that was stopped finds out here that it leads no more.
  if (node.term && clock.monotonic_ms >= node.term.valid_until_ms) endTerm(node, effects)
  if ((held || input.kind === 'gained') && !node.term && input.kind !== 'lost')
    effects.push({ kind: 'release' })
  if (node.term) lead(node, node.term, clock, effects)
  return effects
}

function take(node: PulseNode, input: PulseInput, clock: Clock, effects: PulseEffect[]): void {
  const { term } = node
  switch (input.kind) {
    case 'gained':
      node.term = beginTerm(node, input.kept, input.valid_until_ms, clock)
      return
    case 'renewed':
      if (term) term.valid_until_ms = Math.max(term.valid_until_ms, input.valid_until_ms)
      return
    case 'lost':
    case 'stop':
      endTerm(node, effects)
      return
    case 'wrote':
      if (term?.writing?.id !== input.id) return
      if (input.ok) noteKept(node, term, clock.monotonic_ms, effects)
      else endTerm(node, effects)
      return
    case 'heard':
      hear(node, input.frame, input.note, clock, effects)
      return
    case 'told':
      hearStatus(node.tracker, input.document, clock)
      return
    case 'connection':
      node.connected = input.up
      if (term && input.up) sendUnheardAgain(term, node.tracker)
      return
    case 'tempo':
      if (term?.confirmed) term.requests.push({ id: input.id, bpm: input.bpm })
      return
    case 'tick':
      return
  }
}

function hear(
  node: PulseNode,
  frame: BeatFrame,
  note: PulseNote | undefined,
  clock: Clock,
  effects: PulseEffect[],
): void {
  const { tracker, term, options } = node
  const before = tracker.leader
  const heard = hearFrame(tracker, frame, note, clock)
  if (heard === 'foreign' || heard === 'inconsistent' || !note || note.leader === options.name) return
  // Two of one epoch, which a broker that lost its store may bring about, both stop.
  if (term && note.epoch >= term.epoch) endTerm(node, effects)
  if (heard !== 'taken') return
  const now_ms = Math.floor(clock.wall_ms)
  node.hlc = mergeWire(node.hlc, frame.hlc, now_ms) ?? tick(node.hlc, now_ms)
  if (before !== null && before !== note.leader)
    noteLeaderChange(node.timings, frame.beat_index, note.beats_per_bar)
  noteBeat(node.timings, frame.beat_index, note.late_ms, note.beats_per_bar)
}
