// `beacon.tokens.create`, `.ls` and `.revoke` over NATS, which only the roles admin and service may ask.

import type { NatsConnection } from '@nats-io/nats-core'
import { type ServiceMsg, Svcm } from '@nats-io/services'
import { tokenRoles } from '../../core/access.ts'
import { BeaconError, toProblem } from '../../core/errors.ts'
import { limits } from '../../core/event.ts'
import { type CreateTokenRequest, tokenSubjects } from '../../core/token.ts'
import type { Tokens } from './tokens.ts'

export type TokenService = { stop(): Promise<void> }

const label_chars_max = 64
const name_chars_max = 128

export async function serveTokens(
  nc: NatsConnection,
  tokens: Tokens,
  onBug: (error: unknown) => void,
): Promise<TokenService> {
  const service = await new Svcm(nc).add({
    name: 'beacon-tokens',
    version: '1.0.0',
    description: 'Makes, lists and revokes tokens',
  })
  const serve = (name: keyof typeof tokenSubjects, answer: (body: object) => Promise<object>) =>
    service.addEndpoint(name, {
      subject: tokenSubjects[name],
      handler: (error, message) => {
        if (!error) void respond(message, answer, onBug)
      },
    })
  serve('create', (body) => tokens.create(parseCreate(body)))
  serve('ls', async () => ({ tokens: tokens.list() }))
  serve('revoke', (body) => {
    const { token_id } = body as { token_id?: unknown }
    if (typeof token_id !== 'string') throw new BeaconError('usage', 'token_id is missing')
    return tokens.revoke(token_id)
  })
  return { stop: async () => void (await service.stop()) }
}

async function respond(
  message: ServiceMsg,
  answer: (body: object) => Promise<object>,
  onBug: (error: unknown) => void,
): Promise<void> {
  try {
    message.respond(JSON.stringify(await answer(parseBody(message.string()))))
  } catch (error) {
    if (!(error instanceof BeaconError)) onBug(error)
    const known = error instanceof BeaconError ? error : new BeaconError('internal', 'the request failed')
    message.respondError(known.entry.status, known.message, JSON.stringify(toProblem(known)))
  }
}

function parseBody(text: string): object {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null) return body
  } catch {
    // Answered below.
  }
  throw new BeaconError('usage', 'the request is no JSON object')
}

function parseCreate(body: object): CreateTokenRequest {
  const { role, agents, label, ttl_ms, created_by } = body as {
    [field in keyof CreateTokenRequest]?: unknown
  }
  const known = tokenRoles.find((each) => each === role)
  if (!known) throw new BeaconError('usage', `the role is none of ${tokenRoles.join(', ')}`)
  if (!isText(label, 0, label_chars_max))
    throw new BeaconError('usage', `the label has more than ${label_chars_max} characters`)
  if (agents !== null && !isText(agents, 1, limits.agent_id_bytes_max))
    throw new BeaconError('usage', 'agents is no agent id, no prefix* and not null')
  if (known === 'admin' && agents !== null)
    throw new BeaconError('usage', 'an admin acts on every agent: it cannot be bound to some')
  if (ttl_ms !== null && !(typeof ttl_ms === 'number' && ttl_ms > 0 && ttl_ms <= ttl_ms_max))
    throw new BeaconError('usage', 'ttl_ms is no number of milliseconds up to a hundred years')
  if (!isText(created_by, 1, name_chars_max))
    throw new BeaconError('usage', 'created_by is missing or too long')
  return { role: known, agents, label, ttl_ms, created_by }
}

const ttl_ms_max = 100 * 365 * 86_400_000

const isText = (value: unknown, min: number, max: number): value is string =>
  typeof value === 'string' && value.length >= min && value.length <= max
