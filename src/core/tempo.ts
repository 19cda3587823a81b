// The tempo: 0.1 to 1000 beats per minute in steps of 0.1, changed by at most ±10 % at a time.

import { err, ok, type Result } from './result.ts'

export const tempoMin_bpm = 0.1
export const tempoMax_bpm = 1_000

const rule = 'from 0.1 to 1000, in steps of 0.1'

/** The error follows the quoted value in a message. */
export function parseTempo(text: string): Result<number, string> {
  const bpm = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? toTempo(Number(text)) : undefined
  return bpm === undefined ? err(`is no tempo: write beats per minute ${rule}`) : ok(bpm)
}

/** What a change may lead to. Below 1 BPM ±10 % is less than a step: one step is then allowed. */
export function tempoRange(bpm: number): { min_bpm: number; max_bpm: number } {
  const tenths = Math.round(bpm * 10)
  return {
    min_bpm: Math.max(1, Math.min(Math.ceil(tenths * 0.9 - 1e-9), tenths - 1)) / 10,
    max_bpm: Math.min(10_000, Math.max(Math.floor(tenths * 1.1 + 1e-9), tenths + 1)) / 10,
  }
}

/** Whether the tempo may go from `bpm` to what was asked for, whatever that is. The error says what is allowed. */
export function checkTempoChange(bpm: number, wanted: unknown): Result<number, string> {
  const { min_bpm, max_bpm } = tempoRange(bpm)
  const allowed = `from ${bpm} BPM the tempo may go to ${min_bpm}–${max_bpm}`
  if (typeof wanted !== 'number') return err(`bpm must be a number; ${allowed}`)
  const next = toTempo(wanted)
  if (next === undefined) return err(`${wanted} is no tempo, which is ${rule}; ${allowed}`)
  return next >= min_bpm && next <= max_bpm ? ok(next) : err(`${next} BPM is too far: ${allowed}`)
}

/** Rounded to the step that is meant; undefined when there is none, or it is out of range. */
export function toTempo(bpm: number): number | undefined {
  const tenths = Math.round(bpm * 10)
  const isStep = Math.abs(tenths - bpm * 10) < 1e-6
  return isStep && tenths >= 10 * tempoMin_bpm && tenths <= 10 * tempoMax_bpm ? tenths / 10 : undefined
}
