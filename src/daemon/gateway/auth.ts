// Who a request comes from, and whether it may: one hook before every HTTP route, and the same judgement for NATS.

import type { MsgHdrs } from '@nats-io/nats-core'
import type { FastifyRequest } from 'fastify'
import { mayUse, type Principal, type Right, reachesAgent } from '../../core/access.ts'
import { BeaconError, type ErrorCode } from '../../core/errors.ts'
import type { Result } from '../../core/result.ts'
import { parseBearer, parseToken, type TokenParts } from '../../core/token.ts'
import { makeAuthFailures } from './auth-failures.ts'
import { assertLocalHost, isForwarded, isLoopbackAddress } from './origin-guard.ts'
import type { RefusalAudit } from './refusal-audit.ts'

/** What a route asks for: its `config`. A route without one does not start. */
export type RouteAccess = {
  /** `self`: the installation in the path (`:id`), by its own runtime token, or by an admin. */
  right: Right
  /**
   * What a token that is bound to agents may do here: `path`, the agent is `:id`; `handler`, the route itself asks
   * `assertReaches` for each agent; absent, nothing, since the route is about all agents.
   */
  agents?: 'path' | 'handler'
  /** The route also works without a token (`request.principal` is null then), and decides itself. A token that is sent must fit. */
  token?: 'optional'
}

declare module 'fastify' {
  interface FastifyContextConfig extends Partial<RouteAccess> {}
  interface FastifyRequest {
    /** Null where no token is asked for. */
    principal: Principal | null
  }
}

type Verify = (parts: TokenParts) => Result<Principal, ErrorCode>

export type AuthOptions = {
  tokens: { verify: Verify }
  installations: { verify: Verify }
  mode: 'local' | 'required'
  /** Whether the door listens on loopback only. */
  loopback: boolean
  audit: RefusalAudit
}

export type Auth = {
  /** A hook `onRequest`: sets `request.principal`, or throws what the sender is told. */
  admit(request: FastifyRequest): void
  /** Writes a refusal down, wherever it was decided. */
  note(request: FastifyRequest, error: unknown): void
  /** For an endpoint over NATS: the token of its `Authorization` header. Throws as over HTTP. */
  authorizeNats(
    headers: MsgHdrs | undefined,
    access: Pick<RouteAccess, 'right'>,
    target?: { installation_id?: string; agent_id?: string },
  ): Principal
}

const owner: Principal = { role: 'admin', name: 'local', agents: null, installation_id: null }

export function makeAuth({ tokens, installations, mode, loopback, audit }: AuthOptions): Auth {
  const failures = makeAuthFailures()

  function identify(text: string, sender: string): Principal {
    const parts = parseToken(text)
    const verify = parts?.kind === 'runtime' ? installations.verify : tokens.verify
    // A refresh token is for recovery alone, so it is not known here.
    const found = parts && verify(parts)
    if (found?.ok) return found.value
    throw failures.count(sender, found ? found.error : 'token_invalid')
  }

  /** The owner's requests need no token: who reaches loopback without a proxy can read the home as well. */
  function isOwner(request: FastifyRequest): boolean {
    if (mode !== 'local' || !loopback || isForwarded(request)) return false
    return isLoopbackAddress(request.socket.remoteAddress)
  }

  function toPrincipal(request: FastifyRequest): Principal | null {
    const { authorization } = request.headers
    const text = parseBearer(authorization)
    if (text !== undefined) return identify(text, request.ip)
    if (authorization !== undefined)
      throw new BeaconError('token_invalid', 'the Authorization header holds no bearer token')
    if (!isOwner(request)) return null
    assertLocalHost(request)
    return owner
  }

  function admit(request: FastifyRequest): void {
    // What is no route tells nothing.
    if (request.is404) return
    const access = request.routeOptions.config as RouteAccess
    if (access.right === 'none') return
    request.principal = toPrincipal(request)
    if (request.principal === null) {
      if (access.token === 'optional') return
      throw tokenMissing()
    }
    const { id } = request.params as { id?: string }
    assertRight(request.principal, access.right)
    if (access.right === 'self') assertSelf(request.principal, id)
    else if (access.agents === 'path') assertReaches(request.principal, id ?? '')
    else if (access.agents !== 'handler') assertUnbound(request.principal, access.right)
  }

  return {
    admit,

    note(request, error) {
      if (!(error instanceof BeaconError) || !isRefusal(error)) return
      const sender = request.principal?.name ?? `http ${request.ip}`
      audit.add({ code: error.code, sender, what: `${request.method} ${request.routeOptions.url ?? ''}` })
    },

    authorizeNats(headers, { right }, { installation_id, agent_id } = {}) {
      let sender = 'nats'
      try {
        const text = parseBearer(readHeader(headers, 'authorization'))
        if (text === undefined) throw tokenMissing()
        const principal = identify(text, sender)
        sender = principal.name
        assertRight(principal, right)
        if (right === 'self') assertSelf(principal, installation_id)
        if (agent_id !== undefined) assertReaches(principal, agent_id)
        return principal
      } catch (error) {
        if (error instanceof BeaconError) audit.add({ code: error.code, sender, what: `nats ${right}` })
        throw error
      }
    },
  }
}

/** Whether it says that somebody may not, and not that something is wrong. */
const isRefusal = ({ entry }: BeaconError): boolean => [401, 403, 429].includes(entry.status)

/** Throws when a route declares no right: nobody may forget to say who may use it. */
export function assertDeclared(route: { method: string | string[]; url: string; config?: object }): void {
  if ((route.config as Partial<RouteAccess> | undefined)?.right !== undefined) return
  throw new Error(`the route ${route.method} ${route.url} declares no right`)
}

/** Who asks. Throws token_missing on a route where a token is optional and none was sent. */
export function toPrincipal(request: FastifyRequest): Principal {
  if (request.principal === null) throw tokenMissing()
  return request.principal
}

/** Throws agent_forbidden when the token is bound to other agents. */
export function assertReaches(principal: Principal, agentId: string): void {
  if (reachesAgent(principal, agentId)) return
  throw new BeaconError('agent_forbidden', `this token is for ${principal.agents}`)
}

function assertRight(principal: Principal, right: Right): void {
  if (mayUse(principal, right)) return
  throw new BeaconError('forbidden', `a token of the role ${principal.role} has no right to ${right} here`)
}

function assertSelf({ role, installation_id }: Principal, id: string | undefined): void {
  if (role === 'admin' || (id !== undefined && installation_id === id)) return
  throw new BeaconError('forbidden', 'a runtime token is for its own installation only')
}

/** A bound token would see or change more than its agents. */
function assertUnbound({ agents }: Principal, right: Right): void {
  if (agents === null || right === 'none') return
  throw new BeaconError('agent_forbidden', `this route is about all agents, and this token is for ${agents}`)
}

const tokenMissing = (): BeaconError => new BeaconError('token_missing', 'no token was sent')

function readHeader(headers: MsgHdrs | undefined, name: string): string | undefined {
  const key = headers?.keys().find((each) => each.toLowerCase() === name)
  return key === undefined ? undefined : headers?.get(key)
}
