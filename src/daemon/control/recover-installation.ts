// Recovery: a process that restarts proves with its refresh token that it is the installation it was, and gets new tokens.

import { BeaconError, type ErrorCode } from '../../core/errors.ts'
import type { RefreshedToken } from '../../core/installation.ts'
import {
  type InstallationRecord,
  judgeRefresh,
  nextVersion,
  withEnd,
  withPending,
} from '../../core/installation-record.ts'
import { parseToken } from '../../core/token.ts'
import type { InstallationStore } from './installation-store.ts'
import { type IssuedTokens, issueTokens, toInstallationId } from './installation-tokens.ts'
import { hashSecret } from './tokens.ts'

export type Recovery = {
  agent_id: string
  installation_id: string
  refresh_token: string
  /** Another interval from now on. */
  interval_ms: number | undefined
}

/**
 * Throws token_invalid, agent_forbidden, installation_ended, token_revoked, overloaded; and token_replayed when the refresh
 * token was used before: then nobody can say who is the right one, and the installation is closed.
 */
export async function recoverInstallation(
  store: InstallationStore,
  { agent_id, installation_id, refresh_token, interval_ms }: Recovery,
  now_ms: number,
): Promise<{ record: InstallationRecord; told: RefreshedToken }> {
  const parts = parseToken(refresh_token)
  if (parts?.kind !== 'refresh' || toInstallationId(parts.id) !== installation_id)
    throw toRefusal('token_invalid')
  const hash = hashSecret(parts.secret)
  let refusal: ErrorCode | undefined
  let issued: IssuedTokens | undefined

  const step = (held: InstallationRecord): InstallationRecord => {
    const verdict = judgeRefresh(held, hash)
    refusal = verdict.ok ? (held.agent_id === agent_id ? undefined : 'agent_forbidden') : verdict.error
    if (refusal === 'token_replayed') return withEnd(held, { ...replayed, at_ms: now_ms })
    if (refusal !== undefined) return held
    issued = issueTokens(installation_id, nextVersion(held), now_ms)
    const going = { ...held, interval_ms: interval_ms ?? held.interval_ms, stopped_at_ms: null }
    return withPending(going, issued.generation)
  }
  // Who comes back may come through another gateway than before: the bucket knows its last tokens for certain.
  await store.read(installation_id)
  const record = await store.change(installation_id, step)
  if (refusal !== undefined || !record || !issued) throw toRefusal(refusal ?? 'token_invalid')
  return { record, told: issued.told }
}

const replayed = { how: 'replayed', by: 'beacon', reason: 'a refresh token came a second time' } as const

const details: Partial<Record<ErrorCode, string>> = {
  token_replayed: 'it was used before, so the installation is closed',
  token_revoked: 'the installation was revoked',
  installation_ended: 'the installation was terminated',
  agent_forbidden: 'the installation is of another agent',
}

const toRefusal = (code: ErrorCode): BeaconError =>
  new BeaconError(code, details[code] ?? 'no refresh token of this installation is like it')
