// StatusClaims as simulated agents write them, and some that no door may take.

import { beatFrameType } from '../core/beat-frame.ts'
import { type ClaimState, type StatusClaim, statusClaimType } from '../core/status-claim.ts'
import type { Wrong } from './wrong.ts'

export type ClaimSaying = Pick<StatusClaim, 'beat_index' | 'state' | 'hlc'> &
  Partial<Omit<StatusClaim, 'type' | 'agent_id'>>

export const toClaimText = (agent_id: string, saying: ClaimSaying): string =>
  JSON.stringify({ type: statusClaimType, agent_id, ...saying })

/** Work that is done: what `on_time_reviews` counts. */
export const isReview = (state: ClaimState, progress: number | undefined): boolean =>
  state === 'completed' || (state === 'reviewing' && progress === 1)

/** Each breaks one rule of a good claim. */
export function makeWrongClaims(agent_id: string, good: ClaimSaying): { wrong: Wrong; text: string }[] {
  const claim = { type: statusClaimType, agent_id, ...good }
  const breaks: [string, object][] = [
    ['claim of another type', { type: beatFrameType }],
    ['claim with a blank in agent_id', { agent_id: `${agent_id} x` }],
    ['claim of an agent_id of 129 characters', { agent_id: 'a'.repeat(129) }],
    ['claim with half a beat', { beat_index: good.beat_index + 0.5 }],
    ['claim for a beat to come', { beat_index: good.beat_index + 1_000_000 }],
    ['claim with an unknown state', { state: 'dreaming' }],
    ['claim with a clock that is none', { hlc: 'noon' }],
    ['claim with beats_left 1001', { beats_left: 1_001 }],
    ['claim with progress 2', { progress: 2 }],
    ['claim with notes of 257 characters', { notes: 'n'.repeat(257) }],
    ['claim with an unknown resource', { resources: { gold: 1 } }],
    ['claim with a field of its own', { mood: 'good' }],
  ]
  return breaks.map(([name, over]) => ({
    wrong: { name, statuses: [422] },
    text: JSON.stringify({ ...claim, ...over }),
  }))
}
