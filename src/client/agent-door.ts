// Beacon's HTTP door as an agent uses it: one POST, one stream, and every refusal as an error of the registry.

import { BeaconError, type ErrorCode, errorRegistry } from '../core/errors.ts'

export type DoorAnswer = {
  status: number
  /** The JSON document; null where there is none. */
  body: unknown
  /** What `Retry-After` asks for; 0 without it. */
  retry_after_ms: number
}

export type PostOptions = { token: string | undefined; timeout_ms: number; media_type?: string }

export type AgentDoor = {
  /** Any status is an answer. Throws daemon_unreachable when none comes in time. */
  post(path: string, body: object | string, options: PostOptions): Promise<DoorAnswer>
  /** A body that goes on for as long as `signal` lets it. Throws daemon_unreachable, and what is refused. */
  stream(path: string, token: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>
  /** Ends what is under way. */
  close(): void
}

export function openAgentDoor(url: string | (() => string)): AgentDoor {
  const closed = new AbortController()
  const toUrl = (path: string): string => {
    const base = typeof url === 'string' ? url : url()
    return `${base.replace(/\/+$/, '')}${path}`
  }

  async function ask(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(toUrl(path), init)
    } catch (error) {
      throw toUnreachable(error)
    }
  }

  return {
    async post(path, body, { token, timeout_ms, media_type = 'application/json' }) {
      const answer = await ask(path, {
        method: 'POST',
        headers: { 'content-type': media_type, ...toBearer(token) },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        signal: AbortSignal.any([closed.signal, AbortSignal.timeout(Math.ceil(timeout_ms))]),
      })
      const text = await answer.text().catch((error: unknown) => {
        throw toUnreachable(error)
      })
      return { status: answer.status, body: toJson(text), retry_after_ms: toRetryAfter(answer) }
    },
    async stream(path, token, signal) {
      const answer = await ask(path, {
        headers: { accept: 'text/event-stream', ...toBearer(token) },
        signal: AbortSignal.any([closed.signal, signal]),
      })
      if (answer.ok && answer.body) return answer.body
      const text = await answer.text().catch(() => '')
      throw toRefusal({ status: answer.status, body: toJson(text), retry_after_ms: toRetryAfter(answer) })
    },
    close: () => closed.abort(),
  }
}

/** The document of a request that succeeded. Throws what was refused. */
export function readAnswer<Document>(answer: DoorAnswer): Document {
  if (answer.status >= 200 && answer.status < 300 && answer.body !== null) return answer.body as Document
  throw toRefusal(answer)
}

/** A problem document as its error; what is none, such as a proxy's page, means that Beacon was not reached. */
export function toRefusal({ status, body }: DoorAnswer): BeaconError {
  const { code, detail } = (body ?? {}) as { code?: unknown; detail?: unknown }
  if (typeof code === 'string' && Object.hasOwn(errorRegistry, code))
    return new BeaconError(code as ErrorCode, typeof detail === 'string' ? detail : `HTTP status ${status}`)
  return new BeaconError('daemon_unreachable', `HTTP status ${status} without a problem document`)
}

const toBearer = (token: string | undefined) =>
  token === undefined ? undefined : { authorization: `Bearer ${token}` }

const toRetryAfter = (answer: Response): number => {
  const seconds = Number(answer.headers.get('retry-after') ?? 0)
  return Number.isFinite(seconds) ? Math.max(0, seconds) * 1_000 : 0
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** `fetch failed` says nothing: its cause does. */
function toUnreachable(error: unknown): BeaconError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const detail = cause instanceof Error ? cause.message || cause.name : String(cause)
  return new BeaconError('daemon_unreachable', detail, { cause: error })
}
