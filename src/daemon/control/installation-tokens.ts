// Tokens of an installation as they are given out: random, and kept only as hashes.

import { randomBytes } from 'node:crypto'
import { leaseLimits, type RefreshedToken } from '../../core/installation.ts'
import type { Generation } from '../../core/installation-record.ts'
import { type TokenKind, type TokenParts, toTokenText } from '../../core/token.ts'
import { hashSecret } from './tokens.ts'

/** What is kept, and what its holder is told once. */
export type IssuedTokens = { generation: Generation; told: RefreshedToken }

export function issueTokens(installationId: string, version: number, now_ms: number): IssuedTokens {
  const id = toTokenId(installationId)
  const make = (kind: TokenKind): TokenParts => ({ kind, id, secret: randomBytes(32).toString('base64url') })
  const runtime = make('runtime')
  const refresh = make('refresh')
  const expires_at_ms = now_ms + leaseLimits.runtime_token_ms
  return {
    generation: {
      version,
      runtime: hashSecret(runtime.secret),
      refresh: hashSecret(refresh.secret),
      issued_at_ms: now_ms,
      expires_at_ms,
    },
    told: {
      runtime_token: toTokenText(runtime),
      refresh_token: toTokenText(refresh),
      expires_at: new Date(expires_at_ms).toISOString(),
      token_version: version,
    },
  }
}

export const toTokenId = (installationId: string): string => installationId.replaceAll('-', '')

/** The installation that a runtime or refresh token names; undefined when it is no UUID. */
export function toInstallationId(tokenId: string): string | undefined {
  const match = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(tokenId)
  return match ? match.slice(1).join('-') : undefined
}
