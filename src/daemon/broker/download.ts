// Downloads with short limits: a server that cannot be reached, never answers or stops in the middle is given up soon.

import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { err, ok, type Result } from '../../core/result.ts'

export type DownloadLimits = {
  /** From the request to the head of the answer, redirects included. */
  answer_ms: number
  /** Between two pieces of the body. */
  idle_ms: number
  /** All together. */
  total_ms: number
}

/** The body as text. */
export async function downloadText(
  url: string,
  limits: DownloadLimits,
  signal: AbortSignal,
): Promise<Result<string, string>> {
  const chunks: Uint8Array[] = []
  const end = await download(url, limits, signal, async (chunk) => {
    chunks.push(chunk)
  })
  return end.ok ? ok(Buffer.concat(chunks).toString('utf8')) : end
}

/** Writes the body to `file` and gives its SHA-256 in hexadecimal. */
export async function downloadFile(
  url: string,
  file: string,
  limits: DownloadLimits,
  signal: AbortSignal,
): Promise<Result<string, string>> {
  const hash = createHash('sha256')
  const handle = await open(file, 'w')
  try {
    const end = await download(url, limits, signal, async (chunk) => {
      hash.update(chunk)
      await handle.writeFile(chunk)
    })
    return end.ok ? ok(hash.digest('hex')) : end
  } finally {
    await handle.close()
  }
}

/** Rejects only when `signal` aborts or `take` fails; everything that the network can do is a value. */
async function download(
  url: string,
  limits: DownloadLimits,
  signal: AbortSignal,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<Result<void, string>> {
  const clock = new AbortController()
  const give_up = (reason: string) => () => clock.abort(reason)
  const total = setTimeout(give_up(`not done within ${limits.total_ms / 1_000} s`), limits.total_ms)
  let step = setTimeout(give_up(`no answer within ${limits.answer_ms / 1_000} s`), limits.answer_ms)
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, clock.signal]) })
    if (!response.ok) return err(`${url} answered HTTP ${response.status}`)
    if (url.startsWith('https:') && !response.url.startsWith('https:'))
      return err(`${url} led to ${response.url}, which is not HTTPS`)
    const body = response.body?.getReader()
    for (;;) {
      clearTimeout(step)
      step = setTimeout(give_up(`no more bytes for ${limits.idle_ms / 1_000} s`), limits.idle_ms)
      const piece = await body?.read()
      if (piece === undefined || piece.done) return ok(undefined)
      await take(piece.value)
    }
  } catch (error) {
    if (clock.signal.aborted) return err(`${url}: ${clock.signal.reason}`)
    if (error instanceof TypeError) return err(`${url}: ${networkReason(error)}`)
    throw error
  } finally {
    clearTimeout(total)
    clearTimeout(step)
    // Ends the connection of an answer that was not read to its end.
    clock.abort('over')
  }
}

/** `fetch` says "fetch failed" or "terminated" and keeps what happened as the cause, or as several of them. */
function networkReason(error: TypeError): string {
  const cause = error.cause
  if (cause instanceof AggregateError) return cause.errors.map((one: Error) => one.message).join(', ')
  return cause instanceof Error ? cause.message : error.message
}
