// From events to the body of a request.

import { gzipSync } from 'node:zlib'
import type { SimEvent } from './scenario.ts'

export type SimRequest = { body: string | Buffer; headers: Record<string, string> }

/** Encodes one request. The events are not empty. */
export type SimEncoder = (events: SimEvent[]) => SimRequest

const json = { 'content-type': 'application/json' }
const jsonGzip = { ...json, 'content-encoding': 'gzip' }
const ndjson = { 'content-type': 'application/x-ndjson' }

/** One object per request where `batch` is 1, else an array. `varied` takes turns between all encodings of the contract. */
export function makeEncoder(options: { batch: number; varied: boolean }): SimEncoder {
  let turn = 0
  return (events) => {
    const [first] = events
    if (first?.wrong?.alone) return { body: first.wrong.alone.body(), headers: first.wrong.alone.headers }
    if (options.batch === 1 && first) return { body: first.body, headers: json }
    turn = options.varied ? (turn + 1) % 4 : 0
    const bodies = events.map((event) => event.body)
    if (turn === 1) return { body: `${bodies.join('\n')}\n`, headers: ndjson }
    const body = `[${bodies.join(',')}]`
    return turn === 2 ? { body: gzipSync(body), headers: jsonGzip } : { body, headers: json }
  }
}
