// What a checkpoint holds of the fleet, for those who write it and those who read it.

import type { Bars } from './bars.ts'
import { entriesOf } from './bars-checkpoint.ts'
import type { Fleet } from './fleet.ts'
import type { ChunkArray } from './fleet-chunk.ts'
import { type ColumnName, columnNames, type FleetColumns } from './fleet-columns.ts'
import type { Interned } from './interned.ts'
import type { Seen } from './seen.ts'

export type SeenArrays = Omit<Seen, 'numbers' | 'ids'>

export type Totals = Pick<Fleet, (typeof totalNames)[number]>
export type Texts = Pick<Interned, 'texts' | 'free'>

export const totalNames = [
  'seq',
  'first_seq',
  'received_at_ms',
  'events',
  'errors',
  'duplicates',
  'gaps',
  'reorders',
  'missing',
] as const

/** Columns that an older checkpoint may lack: then they are 0. */
const addedColumns: readonly ColumnName[] = ['lease_ms']

/** The columns that a checkpoint holds; undefined when they are not those that are read here. */
export function toKnownColumns(given: readonly string[]): ColumnName[] | undefined {
  const known = columnNames.filter((name) => given.includes(name) || !addedColumns.includes(name))
  return known.join() === given.join() ? known : undefined
}

/** Entries of the agents from `from` to before `to`, in the order in which they are written. */
export const arraysOf = (
  { columns, seen, bars }: { columns: FleetColumns; seen: SeenArrays; bars: Bars },
  from: number,
  to: number,
  names: readonly ColumnName[] = columnNames,
): ChunkArray[] => [
  ...names.map((name) => columns[name].subarray(from, to)),
  seen.in_seq.subarray(from, to),
  seen.from.subarray(from, to),
  seen.next.subarray(from, to),
  ...entriesOf(bars, from, to),
]
