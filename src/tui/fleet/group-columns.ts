// The columns of a roll-up, and where they stand.

import type { GroupSort, Rollup } from './fleet-state.ts'

export type GroupColumn = {
  name: GroupSort | 'health'
  title: string
  cells: number
  from: number
  right?: true
}

const gap = 2
const bar_max = 48

/** The bar of healths takes what the others leave. */
export function groupColumns({ field }: Rollup, width: number): GroupColumn[] {
  const key = width >= 140 ? 36 : width >= 100 ? 28 : 18
  const fixed: Omit<GroupColumn, 'from'>[] = [
    { name: 'key', title: field.toUpperCase(), cells: key },
    { name: 'agents', title: 'AGENTS', cells: 9, right: true },
    { name: 'needs', title: 'NEED YOU', cells: 9, right: true },
    { name: 'rate', title: 'RATE', cells: 6, right: true },
    ...(width < 80 ? [] : [{ name: 'errors', title: 'ERRORS', cells: 9, right: true } as const]),
  ]
  const bar = Math.min(bar_max, width - gap - fixed.reduce((sum, { cells }) => sum + cells + gap, 0) - 1)
  let from = gap
  return fixed.toSpliced(2, 0, { name: 'health', title: 'HEALTH', cells: bar }).map((column) => {
    const placed = { ...column, from }
    from += column.cells + gap
    return placed
  })
}
