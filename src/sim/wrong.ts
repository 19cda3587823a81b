// Deliberate wrongs: bodies that CONTRACT.md refuses, each with the answers that it allows.

import { gzipSync } from 'node:zlib'
import { limits } from '../core/event.ts'

export type Wrong = {
  name: string
  /** Statuses that answer it right when it comes alone. */
  statuses: number[]
  /** A whole body that cannot share a request with others: sent by itself, with these headers. */
  alone?: { body: () => string | Buffer; headers: Record<string, string> }
  /** The server may close the connection instead of reading the rest (RFC 9110, 15.5.14). */
  may_reset?: boolean
}

export type WrongEvent = Wrong & {
  /** The JSON of the event; empty for a wrong that is a whole body. */
  event: string
}

const json: Record<string, string> = { 'content-type': 'application/json' }

/** A table of wrong events and bodies. `id` is an agent's id, `run` the run's. */
export function makeWrongs(id: string, run: string): WrongEvent[] {
  const fields = (over: Record<string, unknown>): string =>
    JSON.stringify({ agent_id: id, status: 'running', run, ...over })
  const event = (name: string, text: string, statuses = [422]): WrongEvent => ({
    name,
    event: text,
    statuses,
  })
  const body = (
    name: string,
    statuses: number[],
    text: () => string | Buffer,
    headers = json,
  ): WrongEvent => ({
    name,
    event: '',
    statuses,
    alone: { body: text, headers },
  })
  const good = fields({})
  return [
    event('agent_id missing', fields({ agent_id: undefined })),
    event('agent_id empty', fields({ agent_id: '' })),
    event('agent_id a number', fields({ agent_id: 7 })),
    event('agent_id null', fields({ agent_id: null })),
    event('agent_id of 257 bytes', fields({ agent_id: `${'é'.repeat(128)}x` })),
    event('agent_id with half a surrogate pair', `{"agent_id":"x\\ud800","status":"running"}`),
    event('status missing', fields({ status: undefined })),
    event('status empty', fields({ status: '' })),
    event('status of 65 characters', fields({ status: 's'.repeat(limits.status_chars_max + 1) })),
    event('status an object', fields({ status: { is: 'running' } })),
    event('timestamp no time', fields({ timestamp: 'yesterday' })),
    event('timestamp a number', fields({ timestamp: 1_750_000_000 })),
    event('metadata an array', fields({ metadata: [1, 2] })),
    event('metadata a text', fields({ metadata: 'task' })),
    event('agent_seq a text', fields({ agent_seq: '7' })),
    event('agent_seq negative', fields({ agent_seq: -1 })),
    event('agent_seq a fraction', fields({ agent_seq: 1.5 })),
    event('run a number', fields({ run: 7 })),
    event('an event that is a number', '42'),
    event('an event that is null', 'null'),
    event('an event that is an array', '[[]]'),
    event(
      'an event over 256 KiB',
      fields({ metadata: { pad: 'x'.repeat(limits.event_bytes_max + overBytes) } }),
      [413, 422],
    ),
    body('empty body', [400, 422], () => ''),
    body('not JSON', [400], () => 'status=running'),
    body('JSON cut short', [400], () => good.slice(0, -5)),
    body('two objects in JSON', [400], () => `${good}${good}`),
    body('text/plain', [415], () => good, { 'content-type': 'text/plain' }),
    body('unknown encoding', [415], () => good, { ...json, 'content-encoding': 'x-unknown' }),
    body('gzip that is none', [400, 415], () => good, { ...json, 'content-encoding': 'gzip' }),
    { ...body('a body over 16 MiB', [413], tooLarge), may_reset: true },
    {
      ...body('a body over 16 MiB when unpacked', [413], () => gzipSync(tooLarge()), {
        ...json,
        'content-encoding': 'gzip',
      }),
      may_reset: true,
    },
  ]
}

/** Clearly over: in an array the gateway measures an event after parsing, with some allowance. */
const overBytes = 4 * 1024

// Blanks are JSON, so that only the size is wrong.
const tooLarge = (): Buffer => Buffer.alloc(limits.body_bytes_max + 1024, ' ')
