// Whole numbers as people write them.

import { err, ok, type Result } from './result.ts'

/** A parser of whole numbers within bounds, for settings and options. */
export function parseWhole(
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): (text: string) => Result<number, string> {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    return value >= min && value <= max ? ok(value) : err(`is no whole number ${range}`)
  }
}
