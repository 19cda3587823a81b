// The StatusClaim `backbeat.statusclaim.v1`: what an agent says of a beat, and the door's verdict on it.

import { nameOf, quoteOf } from './body-checks.ts'
import {
  claimLimits,
  type ReadField,
  readConstant,
  readDependencies,
  readHlc,
  readId,
  readMetadata,
  readName,
  readNotes,
  readResources,
  readShare,
  readWhole,
} from './claim-fields.ts'
import type { ErrorCode } from './errors.ts'
import type { Json } from './event.ts'
import { nearest } from './nearest.ts'
import { err, ok, type Result } from './result.ts'

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

/** The rule that a claim breaks: each has a code of its own. `message` says how to mend it; `field` is empty when the claim as a whole is meant. */
export type ClaimIssue = { field: string; message: string; code: ClaimCode }
export type ClaimCode = Extract<ErrorCode, `claim_${string}`>

type Rule = { field: keyof StatusClaim; code: ClaimCode; required: boolean; read: ReadField }

const must = (field: keyof StatusClaim, code: ClaimCode, read: ReadField): Rule => ({
  field,
  code,
  required: true,
  read,
})
const may = (field: keyof StatusClaim, code: ClaimCode, read: ReadField): Rule => ({
  ...must(field, code, read),
  required: false,
})

const rules: readonly Rule[] = [
  must('type', 'claim_type', readConstant(statusClaimType)),
  must('agent_id', 'claim_agent_id', readId),
  must('beat_index', 'claim_beat_index', readWhole(Number.MAX_SAFE_INTEGER)),
  must('state', 'claim_state', readName(claimStates, claimStateAliases)),
  must('hlc', 'claim_hlc', readHlc),
  may('task_id', 'claim_task_id', readId),
  may('beats_left', 'claim_beats_left', readWhole(claimLimits.beats_left_max)),
  may('progress', 'claim_progress', readShare),
  may('notes', 'claim_notes', readNotes),
  may('resources', 'claim_resources', readResources),
  may('dependencies', 'claim_dependencies', readDependencies),
  may('metadata', 'claim_metadata', readMetadata),
]
const fields: ReadonlySet<string> = new Set(rules.map(({ field }) => field))

/** Untrusted JSON in; the claim with its state's proper name, or the first rule that it breaks. `null` in an optional field leaves it out. */
export function parseStatusClaim(value: unknown): Result<StatusClaim, ClaimIssue> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return err({
      field: '',
      message: `a claim is a JSON object, this is ${nameOf(value)}`,
      code: 'claim_not_object',
    })
  const input = value as { [field: string]: Json }
  const claim: { [field: string]: Json } = {}
  for (const { field, code, required, read } of rules) {
    const given = input[field]
    if (given === undefined || given === null) {
      if (required) return err({ field, message: `${field} is missing`, code })
      continue
    }
    const kept = read(given)
    if (!kept.ok) return err({ field, message: joinWords(field, kept.error), code })
    claim[field] = kept.value
  }
  const unknown = Object.keys(input).find((field) => !fields.has(field))
  return unknown === undefined ? ok(claim as StatusClaim) : err(unknownField(unknown))
}

/** `resources` and `.cpu_percent must …` are one name. */
const joinWords = (field: string, rest: string): string =>
  /^[.[]/.test(rest) ? field + rest : `${field} ${rest}`

function unknownField(field: string): ClaimIssue {
  const meant = nearest(field.slice(0, 40), fields)
  const instead = meant === undefined ? 'what is your own belongs under metadata' : `did you mean ${meant}?`
  return {
    field: field.slice(0, 80),
    message: `${quoteOf(field)} is no field of a claim: ${instead}`,
    code: 'claim_unknown_field',
  }
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

/** The metadata of a stored event of kind `claim`; the event's status is the state. `task` is the same as `task_id`. */
export type ClaimMetadata = Omit<StatusClaim, 'type' | 'agent_id' | 'state'> &
  ClaimVerdict & { task?: string }

/** Refused claims of one gateway since its last word, on `refusedClaimsSubject`, at most each second. */
export type RefusedClaims = {
  /** By error code. */
  counts: Record<string, number>
  /** Up to five ids of those that named a valid one. */
  agents: string[]
}
export const refusedClaimsSubject = 'beacon.reverb.refused'
