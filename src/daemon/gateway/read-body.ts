// Reads a request's body within bounds: of one body, and of all bodies that are being read or worked on.

import type { Readable } from 'node:stream'
import { BeaconError } from '../../core/errors.ts'
import { limits } from '../../core/event.ts'
import { tooLarge } from './body-text.ts'

export type BodyReader = {
  /** Rejects with body_too_large or overloaded after reading the rest away, so that the sender sees the answer. */
  read(stream: Readable): Promise<Buffer>
  /** Gives the bytes of a body back when its request is answered. */
  release(bytes: number): void
}

/** Past it the rest of a body that is too large is not read away any more: the connection breaks. */
const discardMax = 4 * limits.body_bytes_max

export function makeBodyReader(budget_bytes: number): BodyReader {
  let held = 0
  return {
    async read(stream) {
      const chunks: Buffer[] = []
      let length = 0
      let problem: BeaconError | undefined
      try {
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          length += chunk.length
          if (length > limits.body_bytes_max) problem = tooLarge()
          else if (held + chunk.length > budget_bytes && !problem) {
            problem = new BeaconError('overloaded', `bodies of ${held} bytes are being worked on already`)
          }
          if (problem) {
            if (length > discardMax) break
            continue
          }
          held += chunk.length
          chunks.push(chunk)
        }
        if (problem) throw problem
      } catch (error) {
        held -= chunks.reduce((sum, chunk) => sum + chunk.length, 0)
        throw error
      }
      return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
    },
    release(bytes) {
      held -= bytes
    },
  }
}
