// Makes, lists and revokes tokens over NATS, with the credentials of an admin.

import type { Msg, NatsConnection } from '@nats-io/nats-core'
import { BeaconError, type Problem } from '../core/errors.ts'
import {
  type CreatedToken,
  type CreateTokenRequest,
  type TokenDocument,
  tokenSubjects,
} from '../core/token.ts'
import { fromProblem } from './door-client.ts'

const timeout_ms = 5_000

/** The only time that the token itself is known. Throws usage, daemon_unreachable. */
export const createToken = (nc: NatsConnection, request: CreateTokenRequest): Promise<CreatedToken> =>
  ask(nc, tokenSubjects.create, request)

/** The newest first, those that ended included. Throws daemon_unreachable. */
export const fetchTokens = async (nc: NatsConnection): Promise<TokenDocument[]> =>
  (await ask<{ tokens: TokenDocument[] }>(nc, tokenSubjects.ls, {})).tokens

/** It counts no more when this resolves. Throws token_not_found, daemon_unreachable. */
export const revokeToken = (nc: NatsConnection, token_id: string): Promise<TokenDocument> =>
  ask(nc, tokenSubjects.revoke, { token_id })

async function ask<Answer>(nc: NatsConnection, subject: string, request: object): Promise<Answer> {
  let answer: Msg
  try {
    answer = await nc.request(subject, JSON.stringify(request), { timeout: timeout_ms })
  } catch (cause) {
    throw new BeaconError('daemon_unreachable', 'no gateway answers', { cause })
  }
  const document = answer.json<unknown>()
  if (answer.headers?.has('Nats-Service-Error-Code')) throw fromProblem(document as Problem)
  return document as Answer
}
