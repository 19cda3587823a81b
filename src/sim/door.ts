// The public door: POST /ingest/state over connections that stay open.

import { Pool } from 'undici'

/** What came back: an answer, or the code of the failure. After a failure nothing is known of the request. */
export type DoorAnswer =
  | { ok: true; status: number; body: string; retry_after_ms: number | undefined }
  | { ok: false; code: string }

export type Door = {
  post(body: string | Buffer, headers: Record<string, string>): Promise<DoorAnswer>
  /** Ends every request in flight. */
  close(): Promise<void>
}

export type DoorOptions = {
  /** Base URL of the HTTP door. */
  url: string
  connections: number
  /** How long a request may take. */
  timeout_ms: number
}

export function openDoor(options: DoorOptions): Door {
  const pool = new Pool(options.url, {
    connections: options.connections,
    pipelining: 1,
    connectTimeout: options.timeout_ms,
    headersTimeout: options.timeout_ms,
    bodyTimeout: options.timeout_ms,
  })
  return {
    async post(body, headers) {
      try {
        const answer = await pool.request({ path: '/ingest/state', method: 'POST', headers, body })
        const text = await answer.body.text()
        const retryAfter = Number(answer.headers['retry-after'] ?? Number.NaN)
        return {
          ok: true,
          status: answer.statusCode,
          body: text,
          retry_after_ms: Number.isNaN(retryAfter) ? undefined : retryAfter * 1000,
        }
      } catch (error) {
        return { ok: false, code: codeOf(error) }
      }
    },
    close: () => pool.destroy(),
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.name
}
