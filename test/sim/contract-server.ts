// A small HTTP server that keeps the contract of POST /ingest/state, with faults on demand.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { limits } from '../../src/core/event.ts'
import { parseRfc3339 } from '../../src/core/rfc3339.ts'
import type { ArchivedEvent } from '../../src/sim/oracle.ts'

/**
 * `refuse`: 503 and nothing stored. `lose`: stored, then the connection is cut. `cut`: cut before reading.
 * `unknown`: stored, and 503. `half`: every second event is stored, 503 names the others; `vague`:
 * the same answer, and the others are stored all the same. A number delays the answer.
 */
export type Fault = 'none' | 'refuse' | 'lose' | 'cut' | 'unknown' | 'half' | 'vague' | number

export type Stored = ArchivedEvent & { run: string; status: string }

export type ContractServer = {
  url: string
  /** What an archive would hold: numbered events once. */
  stored: Stored[]
  requests: number
  /** Raw bodies of single-object and array requests, in the order of arrival. */
  bodies: string[]
  stop(): Promise<void>
}

/** `fault` is asked for each request, counted from 0. `accept` gives what is wrong with an event. */
export async function startContractServer(
  fault: (request: number) => Fault = () => 'none',
  accept: (event: Record<string, unknown>) => string | undefined = findWrong,
): Promise<ContractServer> {
  const seen = new Set<string>()
  const state = { url: '', stored: [] as Stored[], requests: 0, bodies: [] as string[] }
  const store = (event: Record<string, unknown>): void => {
    const { agent_id, agent_seq, run, status } = event as unknown as Stored
    const key = `${agent_id}\n${run}\n${agent_seq}`
    if (agent_seq !== undefined && seen.has(key)) return
    seen.add(key)
    state.stored.push({ agent_id, agent_seq, run, status, seq: state.stored.length + 1 })
  }
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy())
  })
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const kind = fault(state.requests++)
    if (kind === 'cut') return void request.socket.destroy()
    const read = await readBody(request)
    const send = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    }
    if (typeof read === 'number')
      return send(read, { title: 'refused', detail: 'whole body' }, { connection: 'close' })
    state.bodies.push(read.text)
    if (kind === 'refuse') return send(503, { title: 'overloaded' }, { 'retry-after': '0' })
    if (typeof kind === 'number') await new Promise((resolve) => setTimeout(resolve, kind))
    const notStored: [number, number][] = []
    const errors: { index: number; field: string; message: string }[] = []
    read.events.forEach((event, index) => {
      const message = accept(event)
      const named = (kind === 'half' || kind === 'vague') && index % 2 === 0 && !message
      if (kind === 'vague' && !message) store(event)
      if (named) notStored.push([index, index])
      else if (message) errors.push({ index, field: '', message })
      else store(event)
    })
    if (kind === 'lose') return void request.socket.destroy()
    if (kind === 'unknown') return send(503, { title: 'unknown' }, { 'retry-after': '0' })
    const accepted = read.events.length - errors.length - notStored.length
    if (kind === 'half' || kind === 'vague')
      return send(
        503,
        { accepted, rejected: errors.length, not_stored: notStored, errors },
        { 'retry-after': '0' },
      )
    if (accepted === 0) return send(422, { title: 'invalid', errors })
    if (read.single) return send(202, { status: 'accepted', seq: state.stored.length })
    send(202, { status: 'accepted', accepted, rejected: errors.length, ...(errors.length ? { errors } : {}) })
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return Object.assign(state, {
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}

type Body = { text: string; single: boolean; events: Record<string, unknown>[] }

/** The parsed body, or the status that refuses it. */
async function readBody(request: IncomingMessage): Promise<Body | number> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= limits.body_bytes_max) chunks.push(chunk)
  }
  if (bytes > limits.body_bytes_max) return 413
  const type = request.headers['content-type']
  if (type !== 'application/json' && type !== 'application/x-ndjson') return 415
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'gzip') return 415
  try {
    const raw = Buffer.concat(chunks)
    const text = (encoding ? gunzipSync(raw) : raw).toString()
    if (text.length > limits.body_bytes_max) return 413
    if (type === 'application/x-ndjson') {
      return {
        text,
        single: false,
        events: text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      }
    }
    const value = JSON.parse(text)
    return Array.isArray(value)
      ? { text, single: false, events: value }
      : { text, single: true, events: [value] }
  } catch {
    return 400
  }
}

/** What is wrong with an event, as far as the simulator's wrongs go. */
export function findWrong(event: Record<string, unknown>): string | undefined {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return 'no object'
  const { agent_id, status, timestamp, metadata, agent_seq, run } = event
  if (typeof agent_id !== 'string' || !agent_id.isWellFormed()) return 'agent_id'
  const bytes = Buffer.byteLength(agent_id)
  if (bytes < 1 || bytes > limits.agent_id_bytes_max) return 'agent_id'
  if (typeof status !== 'string' || status.length < 1 || status.length > limits.status_chars_max)
    return 'status'
  if (timestamp !== undefined && (typeof timestamp !== 'string' || parseRfc3339(timestamp) === undefined))
    return 'timestamp'
  if (
    metadata !== undefined &&
    (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
  )
    return 'metadata'
  if (agent_seq !== undefined && !(Number.isSafeInteger(agent_seq) && (agent_seq as number) >= 0))
    return 'agent_seq'
  if (run !== undefined && typeof run !== 'string') return 'run'
  if (JSON.stringify(event).length > limits.event_bytes_max) return 'too large'
  return undefined
}
