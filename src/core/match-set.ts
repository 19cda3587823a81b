// The agents that an expression matches, kept from moment to moment: who was not heard since is not asked again, unless
// the expression reads what time alone changes.

import { type Expression, type GetField, parseExpression } from './expression.ts'
import type { Fleet } from './fleet.ts'
import { makeFleetFields } from './fleet-fields.ts'
import { healths, needs } from './health.ts'
import { makeMetaReader, type ReadMeta } from './meta-value.ts'
import { growTo, makeSweep, type Sweep, sweepAgents } from './sweep.ts'
import type { Verdicts } from './verdicts.ts'

export type MatchSet = {
  /** Undefined when the text is no expression: then nothing matches. */
  expression: Expression | undefined
  /** Of the fields that are in the metadata. */
  readers: Map<string, ReadMeta>
  /** 1 for each agent that matches. */
  bits: Uint8Array
  sweep: Sweep
}

const timedFields = ['health', 'needs', 'rate', 'idle', 'since', 'lease']

export function makeMatchSet(where: string): MatchSet {
  const parsed = parseExpression(where, { fields: 'agent' })
  const fields = parsed.ok ? parsed.value.fields : []
  return {
    expression: parsed.ok ? parsed.value : undefined,
    readers: new Map(
      fields
        .filter((field) => field === 'role' || field.startsWith('meta.'))
        .map((field) => [field, makeMetaReader(field.replace(/^meta\./, ''))]),
    ),
    bits: new Uint8Array(0),
    sweep: makeSweep(fields.some((field) => timedFields.includes(field))),
  }
}

export function updateMatchSet(
  set: MatchSet,
  fleet: Fleet,
  verdicts: Verdicts,
  now_ms: number,
  slice: number,
): void {
  const { expression, readers, sweep } = set
  set.bits = growTo(set.bits, fleet)
  if (expression === undefined) {
    sweep.complete = true
    return
  }
  const { bits } = set
  const fields = makeFleetFields(fleet, now_ms)
  let agent = 0
  const get: GetField = (field) => {
    if (field === 'health') return healths[verdicts.health[agent] as number]
    if (field === 'needs') return needs[verdicts.need[agent] as number]
    const read = readers.get(field)
    return read === undefined ? fields.get(field) : read(fleet.metadata[agent] as string)
  }
  sweepAgents(sweep, fleet, slice, (visited) => {
    agent = visited
    fields.at(visited)
    bits[visited] = expression.test(get) ? 1 : 0
  })
}
