// The tempo: 0.1 to 1000 beats per minute in steps of 0.1, changed by at most ±10 % at a time.

import { err, ok, type Result } from './result.ts'

export const tempoMin_bpm = 0.1
export const tempoMax_bpm = 1_000

/** The error follows the quoted value in a message. */
export function parseTempo(text: string): Result<number, string> {
  const bpm = Number(text)
  const tenths = Math.round(bpm * 10)
  return /^\d+(\.\d+)?$/.test(text) && Math.abs(tenths - bpm * 10) < 1e-6 && tenths >= 1 && tenths <= 10_000
    ? ok(tenths / 10)
    : err('is no tempo: write beats per minute from 0.1 to 1000, in steps of 0.1')
}

/** What a change may lead to. Below 1 BPM ±10 % is less than a step: one step is then allowed. */
export function tempoRange(bpm: number): { min_bpm: number; max_bpm: number } {
  const tenths = Math.round(bpm * 10)
  return {
    min_bpm: Math.max(1, Math.min(Math.ceil(tenths * 0.9 - 1e-9), tenths - 1)) / 10,
    max_bpm: Math.min(10_000, Math.max(Math.floor(tenths * 1.1 + 1e-9), tenths + 1)) / 10,
  }
}
