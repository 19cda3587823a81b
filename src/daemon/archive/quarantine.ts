// Quarantined input: what was accepted into the stream but is no event. It is kept whole, with the reason.

import { type Position, parsePositionKey, toPositionKey } from './keys.ts'
import { fromSealed, toSealed } from './sealed.ts'

export type Quarantined = {
  seq: number
  subject: string
  reason: string
  bytes: Buffer
  received_at_ms: number
}

export type QuarantineRecord = Position & Omit<Quarantined, 'seq'>

export function encodeQuarantined(epoch: number, item: Quarantined): { key: Buffer; value: Buffer } {
  const key = toPositionKey({ epoch, seq: item.seq })
  const { subject, reason, received_at_ms, bytes } = item
  const text = JSON.stringify({ subject, reason, received_at_ms, bytes_base64: bytes.toString('base64') })
  return { key, value: toSealed(key, Buffer.from(text)) }
}

/** Undefined when the row is damaged. */
export function decodeQuarantined(key: Buffer, sealed: Buffer): QuarantineRecord | undefined {
  const value = fromSealed(key, sealed)
  if (!value) return undefined
  const row = JSON.parse(value.toString('utf8')) as {
    subject: string
    reason: string
    received_at_ms: number
    bytes_base64: string
  }
  return {
    ...parsePositionKey(key),
    subject: row.subject,
    reason: row.reason,
    received_at_ms: row.received_at_ms,
    bytes: Buffer.from(row.bytes_base64, 'base64'),
  }
}
