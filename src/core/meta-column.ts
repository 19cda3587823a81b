// One key of every agent's metadata as a column: each distinct value has a number, and only the metadata of agents that
// were heard since is read again.

import type { Fleet } from './fleet.ts'
import { addHolder, type Interned, makeInterned, moveHolder } from './interned.ts'
import { makeMetaReader, type ReadMeta } from './meta-value.ts'
import { growTo, makeSweep, type Sweep, sweepAgents } from './sweep.ts'

export type MetaColumn = {
  read: ReadMeta
  values: Interned
  /** Number in `values` of each agent's value; that of the empty text where there is none. */
  numbers: Uint32Array
  agents: number
  sweep: Sweep
}

export const makeMetaColumn = (key: string): MetaColumn => ({
  read: makeMetaReader(key),
  values: makeInterned(),
  numbers: new Uint32Array(0),
  agents: 0,
  sweep: makeSweep(false),
})

export function updateMetaColumn(column: MetaColumn, fleet: Fleet, slice: number): void {
  const { read, values, sweep } = column
  column.numbers = growTo(column.numbers, fleet)
  for (; column.agents < fleet.ids.length; column.agents++) addHolder(values, '')
  const { numbers } = column
  sweepAgents(sweep, fleet, slice, (agent) => {
    const text = String(read(fleet.metadata[agent] as string) ?? '')
    numbers[agent] = moveHolder(values, numbers[agent] as number, text)
  })
}
