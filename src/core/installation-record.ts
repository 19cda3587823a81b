// What Beacon keeps of an installation, and how its tokens change hands: new ones come into force when one of them is first
// used, so that an answer that got lost locks nobody out, and a spent refresh token tells that two hold the same credentials.

import type { ErrorCode } from './errors.ts'
import { err, ok, type Result } from './result.ts'

/** The hashes (SHA-256, lower-case hex) of tokens that were given out together. */
export type Generation = {
  version: number
  runtime: string
  refresh: string
  issued_at_ms: number
  /** Of the runtime token. */
  expires_at_ms: number
}

export type EndOfInstallation = {
  how: 'terminated' | 'revoked' | 'replayed'
  at_ms: number
  by: string
  reason: string
}

/** The value in the bucket `beacon_installations`, by `installation_id`. */
export type InstallationRecord = {
  schema: 'beacon.installation_record.v1'
  /** A UUID with hyphens; the id in its tokens is the same without. */
  installation_id: string
  agent_id: string
  interval_ms: number
  registered_at_ms: number
  /** In force. */
  tokens: Generation
  /** Given out and not used yet. */
  pending: Generation[]
  /** The highest version that was given out, used or not. */
  last_version: number
  /** Hashes of refresh tokens that must not come again; the oldest go. */
  spent: string[]
  /** Its goodbye; null while it runs. It comes back by recovery. */
  stopped_at_ms: number | null
  /** It does not come back. */
  ended: EndOfInstallation | null
}

export const recordLimits = {
  pending_max: 4,
  spent_max: 16,
  /** Heartbeats near the end of a token do not each give out another one. */
  issue_again_ms: 10 * 60_000,
} as const

export function makeRecord(
  of: Pick<InstallationRecord, 'installation_id' | 'agent_id' | 'interval_ms'>,
  tokens: Generation,
): InstallationRecord {
  return {
    schema: 'beacon.installation_record.v1',
    ...of,
    registered_at_ms: tokens.issued_at_ms,
    tokens,
    pending: [],
    last_version: tokens.version,
    spent: [],
    stopped_at_ms: null,
    ended: null,
  }
}

/** `terminated` leaves the tokens to a process that is on its way out. */
export const isRevoked = ({ ended }: InstallationRecord): boolean =>
  ended !== null && ended.how !== 'terminated'

/** The version that tokens given out next have. */
export const nextVersion = ({ last_version }: InstallationRecord): number => last_version + 1

/** Whether tokens are so near their end that new ones are due, and none were given out just now. */
export function wantsTokens(
  { tokens, pending }: InstallationRecord,
  now_ms: number,
  before_ms: number,
): boolean {
  if (tokens.expires_at_ms - now_ms > before_ms) return false
  return pending.every(({ issued_at_ms }) => now_ms - issued_at_ms >= recordLimits.issue_again_ms)
}

/** Gives out tokens that wait for their first use. The oldest that wait are spent when there are too many. */
export function withPending(record: InstallationRecord, generation: Generation): InstallationRecord {
  const all = [...record.pending, generation]
  const pending = all.slice(-recordLimits.pending_max)
  const spent = spend(record.spent, all.slice(0, -recordLimits.pending_max))
  return { ...record, pending, last_version: generation.version, spent }
}

export type RuntimeVerdict = Result<{ generation: Generation; first_use: boolean }, ErrorCode>

/** Judges a runtime token by the hash of its secret. Whether the installation has ended is another question. */
export function judgeRuntime(record: InstallationRecord, hash: string, now_ms: number): RuntimeVerdict {
  const generation = [record.tokens, ...record.pending].find(({ runtime }) => isSame(runtime, hash))
  if (!generation) return err('token_invalid')
  if (now_ms >= generation.expires_at_ms) return err('token_expired')
  return ok({ generation, first_use: generation !== record.tokens })
}

/** Judges a refresh token. `token_replayed` means that whoever holds these credentials is not alone. */
export function judgeRefresh(record: InstallationRecord, hash: string): Result<Generation, ErrorCode> {
  const generation = [record.tokens, ...record.pending].find(({ refresh }) => isSame(refresh, hash))
  if (!generation && !record.spent.some((spent) => isSame(spent, hash))) return err('token_invalid')
  if (record.ended) return err(isRevoked(record) ? 'token_revoked' : 'installation_ended')
  return generation ? ok(generation) : err('token_replayed')
}

/** The first use of tokens that waited: they are in force, and all others are spent. The same record when they are already. */
export function withFirstUse(record: InstallationRecord, version: number): InstallationRecord {
  const tokens = record.pending.find((each) => each.version === version)
  if (!tokens) return record
  const others = [record.tokens, ...record.pending].filter((each) => each !== tokens)
  return { ...record, tokens, pending: [], spent: spend(record.spent, others) }
}

function spend(spent: readonly string[], generations: readonly Generation[]): string[] {
  return [...spent, ...generations.map(({ refresh }) => refresh)].slice(-recordLimits.spent_max)
}

/** Takes the same time wherever the texts differ. */
function isSame(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

/** The first end counts; only its tokens can still be taken from what was terminated. */
export function withEnd(record: InstallationRecord, ended: EndOfInstallation): InstallationRecord {
  const stands = record.ended !== null && (isRevoked(record) || ended.how === 'terminated')
  return stands ? record : { ...record, ended }
}
