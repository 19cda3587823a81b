// The tokens that people made, in the KV bucket `beacon_tokens`: written by any gateway, judged by each from memory.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type KV, Kvm } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/nats-core'
import type { Principal } from '../../core/access.ts'
import { BeaconError, type ErrorCode } from '../../core/errors.ts'
import { err, ok, type Result } from '../../core/result.ts'
import {
  type CreatedToken,
  type CreateTokenRequest,
  type TokenDocument,
  type TokenKind,
  type TokenParts,
  toTokenText,
} from '../../core/token.ts'
import { watchBucket } from './watch-bucket.ts'

const tokensBucket = 'beacon_tokens'

/** What the bucket holds: the secret's SHA-256 in hex. Secrets are random, so a slow hash would guard nothing. */
type TokenRecord = TokenDocument & { hash: string }

export type Tokens = {
  /** Whose token it is, or the code of the refusal: token_invalid, token_expired, token_revoked. */
  verify(parts: TokenParts): Result<Principal, ErrorCode>
  /** Resolves when it is durable; this is the only time that the secret is known. */
  create(request: CreateTokenRequest): Promise<CreatedToken>
  /** The newest first, those that ended included. */
  list(): TokenDocument[]
  /** Resolves when it is durable and counts here; other gateways hear of it at once. Throws token_not_found. */
  revoke(tokenId: string): Promise<TokenDocument>
  close(): void
}

export type TokensOptions = {
  nc: NatsConnection
  log: { warn(fields: object, message: string): void }
  now_ms?: () => number
}

export async function openTokens({ nc, log, now_ms = Date.now }: TokensOptions): Promise<Tokens> {
  const kv = await openTokensBucket(nc)
  const records = new Map<string, TokenRecord>()
  const watch = await watchBucket(
    kv,
    (entry) => {
      if (entry.operation === 'PUT') records.set(entry.key, entry.json<TokenRecord>())
      else records.delete(entry.key)
    },
    (error) => log.warn({ err: error }, 'the watch of the tokens starts anew'),
  )

  return {
    verify({ kind, id, secret }) {
      const record = records.get(id)
      if (!record || kindOf(record) !== kind || !isHashOf(record.hash, secret)) return err('token_invalid')
      if (record.revoked_at !== null) return err('token_revoked')
      if (!isLive(record, now_ms())) return err('token_expired')
      const { role, agents } = record
      return ok({ role, agents, name: toName(record), installation_id: null })
    },

    async create({ role, agents, label, ttl_ms, created_by }) {
      const now = now_ms()
      const secret = randomBytes(32).toString('base64url')
      const document: TokenDocument = {
        schema: 'beacon.token.v1',
        token_id: randomBytes(8).toString('hex'),
        role,
        agents,
        label,
        created_at: new Date(now).toISOString(),
        created_by,
        expires_at: ttl_ms === null ? null : new Date(now + ttl_ms).toISOString(),
        revoked_at: null,
      }
      const record: TokenRecord = { ...document, hash: hashSecret(secret) }
      await kv.create(document.token_id, JSON.stringify(record))
      records.set(document.token_id, record)
      return { ...document, token: toTokenText({ kind: kindOf(document), id: document.token_id, secret }) }
    },

    list: () =>
      [...records.values()].map(toDocument).sort((a, b) => b.created_at.localeCompare(a.created_at)),

    async revoke(tokenId) {
      // From the bucket: this gateway may not have heard of a token that another one made a moment ago.
      const entry = /^[0-9a-f]{16}$/.test(tokenId) ? await kv.get(tokenId) : null
      if (entry?.operation !== 'PUT') throw new BeaconError('token_not_found', `there is no token ${tokenId}`)
      const record = entry.json<TokenRecord>()
      if (record.revoked_at !== null) return toDocument(record)
      const revoked = { ...record, revoked_at: new Date(now_ms()).toISOString() }
      // Nothing else ever changes a record, so nothing is lost whoever writes last.
      await kv.put(tokenId, JSON.stringify(revoked))
      records.set(tokenId, revoked)
      return toDocument(revoked)
    },

    close: () => watch.close(),
  }
}

/** Whether any token would be let in now: without one nobody could use a door beyond loopback. */
export async function hasLiveToken(nc: NatsConnection, now_ms: number): Promise<boolean> {
  const kv = await openTokensBucket(nc)
  for await (const key of await kv.keys()) {
    const entry = await kv.get(key)
    if (entry?.operation === 'PUT' && isLive(entry.json<TokenRecord>(), now_ms)) return true
  }
  return false
}

const openTokensBucket = (nc: NatsConnection): Promise<KV> =>
  new Kvm(nc).create(tokensBucket, { history: 1, description: 'Access and install tokens, hashed.' })

export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** In a time that does not depend on where they differ. */
const isHashOf = (hash: string, secret: string): boolean =>
  timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(hashSecret(secret), 'hex'))

const kindOf = ({ role }: Pick<TokenDocument, 'role'>): TokenKind =>
  role === 'install' ? 'install' : 'access'

const isLive = ({ revoked_at, expires_at }: TokenDocument, now_ms: number): boolean =>
  revoked_at === null && (expires_at === null || now_ms < Date.parse(expires_at))

const toName = ({ token_id, label }: TokenDocument): string =>
  `token ${token_id.slice(0, 8)}${label === '' ? '' : ` (${label})`}`

function toDocument({ hash: _, ...document }: TokenRecord): TokenDocument {
  return document
}
