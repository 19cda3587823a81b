// Beats and bars: arithmetic on a schedule of absolute times, so that no error adds up (docs/adr/0008).

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

export const phases = ['plan', 'execute', 'review'] as const
export type Phase = (typeof phases)[number]

export const tempoDefault_bpm = 120
export const beatsPerBarDefault = 120

/** Beat `beat` starts at `at_ms`; all others follow from the tempo. The clock is the holder's. */
export type Schedule = { beat: number; at_ms: number; bpm: number }

/** Milliseconds of one beat. */
export const beatMs = (bpm: number): number => 60_000 / bpm

export const startOf = ({ beat, at_ms, bpm }: Schedule, index: number): number =>
  at_ms + (index - beat) * beatMs(bpm)

/** The beat that runs at `now_ms`; before the first one, negative. */
export function beatAt(schedule: Schedule, now_ms: number): number {
  const index = schedule.beat + Math.floor((now_ms - schedule.at_ms) / beatMs(schedule.bpm))
  // A division may round across the boundary that the multiplication of `startOf` draws.
  if (startOf(schedule, index + 1) <= now_ms) return index + 1
  return startOf(schedule, index) > now_ms ? index - 1 : index
}

/** How long after its start a beat's phase ends: each has a third. */
export const phaseEnd = (phase: Phase, bpm: number): number => ((phases.indexOf(phase) + 1) * beatMs(bpm)) / 3

/** The phase at `progress` (0 to 1) through a beat. */
export function phaseAt(progress: number): Phase {
  if (progress < 1 / 3) return 'plan'
  return progress < 2 / 3 ? 'execute' : 'review'
}

/** A bar by its beats, both inclusive. */
export type BarBounds = { from_beat: number; to_beat: number }

export function barOf(beat: number, beats_per_bar: number): BarBounds {
  const from_beat = Math.floor(beat / beats_per_bar) * beats_per_bar
  return { from_beat, to_beat: from_beat + beats_per_bar - 1 }
}

/** 32 hex digits: SHA-256 of cluster, 0x00 and the bar's first beat in decimal, its first 128 bits (SEEDS.md 4). */
export const toWindowId = (cluster_id: string, from_beat: number): string =>
  bytesToHex(sha256(utf8ToBytes(`${cluster_id}\0${from_beat}`)).subarray(0, 16))
