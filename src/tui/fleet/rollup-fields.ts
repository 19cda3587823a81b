// By which fields agents can be rolled up: the fixed ones, and those of the metadata of some agent.

import type { AgentDocument } from '../../core/agent-document.ts'
import { type FleetFrame, groupFields, toAgentRow } from '../../core/view.ts'
import type { Model } from '../model.ts'
import type { ViewStep } from '../view-spec.ts'
import type { FleetState } from './fleet-state.ts'

const seen_max = 24

export const rollupFields = ({ fields }: FleetState): string[] => [...groupFields, ...(fields ?? [])]

/** The palette may name a field that no agent was seen to have. */
export const isRollupField = (field: string): boolean =>
  groupFields.some((each) => each === field) || /^meta\..{1,100}$/s.test(field)

/** Once: the first agent of the first frame is asked. */
export function askFields(
  model: Model,
  state: FleetState,
  { rows, columns }: FleetFrame,
): ViewStep<FleetState> {
  const [first] = rows
  if (state.fields !== null || !first) return [state, []]
  const { agent } = toAgentRow(columns, first)
  const moment = model.travel?.target ?? null
  return [
    { ...state, fields: [] },
    [{ type: 'ask', ask: { view: 'fleet', id: 'fields', what: 'agent', agent, moment } }],
  ]
}

/** Lists and objects make no groups, and role and task are fields of their own. */
export function addFields(state: FleetState, { metadata }: AgentDocument): FleetState {
  const plain = Object.keys(metadata).filter(
    (key) => key !== 'role' && key !== 'task' && typeof metadata[key] !== 'object',
  )
  return { ...state, fields: plain.slice(0, seen_max).map((key) => `meta.${key}`) }
}
