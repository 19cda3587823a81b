// The public door: HTTP over connections that stay open. Of several doors to one Beacon the next is taken when one fails.

import { Pool } from 'undici'

/** What came back: an answer, or the code of the failure. After a failure nothing is known of the request. */
export type DoorAnswer =
  | { ok: true; status: number; body: string; retry_after_ms: number | undefined }
  | { ok: false; code: string }

export type Door = {
  /** To the path of the door. */
  post(body: string | Buffer, headers: Record<string, string>): Promise<DoorAnswer>
  get(path: string): Promise<DoorAnswer>
  /** Ends every request in flight. */
  close(): Promise<void>
}

export type DoorOptions = {
  /** Base URLs of the HTTP doors, at least one. */
  urls: readonly string[]
  /** Where to post to. */
  path: '/ingest/state' | '/ingest/claim'
  connections: number
  /** How long a request may take. */
  timeout_ms: number
}

type Ask = { path: string; method: 'GET' | 'POST'; headers?: Record<string, string>; body?: string | Buffer }

export function openDoor(options: DoorOptions): Door {
  const pools = options.urls.map(
    (url) =>
      new Pool(url, {
        connections: options.connections,
        pipelining: 1,
        connectTimeout: options.timeout_ms,
        headersTimeout: options.timeout_ms,
        bodyTimeout: options.timeout_ms,
      }),
  )
  let at = 0

  async function ask(request: Ask): Promise<DoorAnswer> {
    const asked = at
    try {
      const answer = await (pools[asked] as Pool).request(request)
      const text = await answer.body.text()
      const retryAfter = Number(answer.headers['retry-after'] ?? Number.NaN)
      return {
        ok: true,
        status: answer.statusCode,
        body: text,
        retry_after_ms: Number.isNaN(retryAfter) ? undefined : retryAfter * 1000,
      }
    } catch (error) {
      // Of many requests that fail together, one moves on.
      if (at === asked) at = (asked + 1) % pools.length
      return { ok: false, code: codeOf(error) }
    }
  }

  return {
    post: (body, headers) => ask({ path: options.path, method: 'POST', headers, body }),
    get: (path) => ask({ path, method: 'GET' }),
    async close() {
      await Promise.all(pools.map((pool) => pool.destroy()))
    },
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.name
}
