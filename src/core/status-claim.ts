// The StatusClaim `backbeat.statusclaim.v1`: what an agent says of a beat, and the door's verdict on it.

import type { Json } from './event.ts'

export const statusClaimType = 'backbeat.statusclaim.v1'

export const claimStates = [
  'idle',
  'planning',
  'executing',
  'reviewing',
  'completed',
  'failed',
  'blocked',
  'helping',
] as const
export type ClaimState = (typeof claimStates)[number]

/** Accepted in place of a state, and stored as the state. */
export const claimStateAliases: Readonly<Record<string, ClaimState>> = {
  waiting: 'blocked',
  review: 'reviewing',
  done: 'completed',
}

export type ClaimResources = {
  cpu_percent?: number
  memory_mb?: number
  disk_io_ops?: number
  network_kb?: number
}

/** Validated; nothing but these fields is allowed. Optional fields are absent, never null. */
export type StatusClaim = {
  type: typeof statusClaimType
  /** `^[A-Za-z0-9_:-]+$`, 1–128; `task_id` and `dependencies` alike. */
  agent_id: string
  beat_index: number
  state: ClaimState
  /** Wire form `hhhh:hhhh:hhhh`. */
  hlc: string
  task_id?: string
  /** Whole, 0–1000. */
  beats_left?: number
  /** 0–1. */
  progress?: number
  /** At most 256 characters. */
  notes?: string
  resources?: ClaimResources
  dependencies?: string[]
  metadata?: { [key: string]: Json }
}

/** What the door adds: all that counting needs to know of time. */
export type ClaimVerdict = {
  window_id: string
  from_beat: number
  to_beat: number
  /** Received before the end of the beat that it names. */
  on_time: boolean
  /** Its bar was over when it came. */
  late: boolean
}

/** The metadata of a stored event of kind `claim`; the event's status is the state. */
export type ClaimMetadata = Omit<StatusClaim, 'type' | 'agent_id' | 'state'> & ClaimVerdict

/** Refused claims of one gateway since its last word, on `refusedClaimsSubject`, at most each second. */
export type RefusedClaims = {
  /** By error code. */
  counts: Record<string, number>
  /** Up to five ids of those that named a valid one. */
  agents: string[]
}
export const refusedClaimsSubject = 'beacon.reverb.refused'
