// One line of `beacon bench`: a budget, and what was measured.

/** `met` is null where there is no budget to meet. */
export type BenchRow = {
  bench: string
  what: string
  budget: string
  measured: number
  unit: string
  met: boolean | null
}

export const round = (value: number): number => Math.round(value * 100) / 100

/** A figure without a budget. */
export const toFigure = (bench: string, what: string, value: number, unit: string): BenchRow => ({
  bench,
  what,
  budget: '',
  measured: round(value),
  unit,
  met: null,
})

/** A figure that must not be above the limit. */
export const toLimit = (
  bench: string,
  what: string,
  value: number,
  limit: number,
  unit: string,
): BenchRow => ({
  bench,
  what,
  budget: `≤ ${limit.toLocaleString('en')} ${unit}`.trimEnd(),
  measured: round(value),
  unit,
  met: value <= limit,
})

/** The value that the share `p` of the sorted values does not exceed. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? 0
}
