// Tokens as text: `<prefix>_<id>_<secret>`. The id finds the record, the secret proves it; only its hash is kept.

import type { TokenRole } from './access.ts'

/** Install, runtime, refresh and access tokens. */
export const tokenPrefixes = { install: 'skt', runtime: 'srt', refresh: 'sft', access: 'sat' } as const
export type TokenKind = keyof typeof tokenPrefixes

export type TokenParts = {
  kind: TokenKind
  /** Lower-case hex: of an installation its id without hyphens, else the token's own id. */
  id: string
  /** 32 random bytes in base64url. */
  secret: string
}

const form = /^(skt|srt|sft|sat)_([0-9a-f]{12,32})_([A-Za-z0-9_-]{43})$/

/** Undefined when the text is no token of Beacon. */
export function parseToken(text: string): TokenParts | undefined {
  const match = form.exec(text)
  if (!match) return undefined
  const [, prefix, id, secret] = match as unknown as [string, string, string, string]
  const kind = (Object.keys(tokenPrefixes) as TokenKind[]).find((each) => tokenPrefixes[each] === prefix)
  return kind && { kind, id, secret }
}

export const toTokenText = ({ kind, id, secret }: TokenParts): string =>
  `${tokenPrefixes[kind]}_${id}_${secret}`

/** The secret of an `Authorization: Bearer …` header; undefined when there is none. */
export function parseBearer(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^Bearer +(\S+) *$/i.exec(header)?.[1]
}

/** A token that was created with `beacon token create`, without its secret. */
export type TokenDocument = {
  schema: 'beacon.token.v1'
  token_id: string
  role: TokenRole
  /** An agent id, a prefix that ends in `*`, or null for all. */
  agents: string | null
  /** What people call it; may be empty. */
  label: string
  created_at: string
  created_by: string
  expires_at: string | null
  revoked_at: string | null
}

/** The answer to `beacon.tokens.create`: the only time that the token is shown. */
export type CreatedToken = TokenDocument & { token: string }

/** Requests of an admin over NATS. */
export const tokenSubjects = {
  /** CreateTokenRequest → CreatedToken. */
  create: 'beacon.tokens.create',
  /** `{}` → `{tokens: TokenDocument[]}`. */
  ls: 'beacon.tokens.ls',
  /** `{token_id}` → TokenDocument. */
  revoke: 'beacon.tokens.revoke',
} as const

export type CreateTokenRequest = {
  role: TokenRole
  agents: string | null
  label: string
  /** Milliseconds; null never expires. */
  ttl_ms: number | null
  created_by: string
}
