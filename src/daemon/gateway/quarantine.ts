// What came in through BEACON_IN and cannot be admitted, as a message of BEACON_EVENTS: it was accepted by JetStream,
// so it is kept with its reason rather than lost.

import { toTime } from '../../core/event-line.ts'
import { hashAgent, toAgentToken } from '../../core/subjects.ts'
import type { EntryIssue } from './door.ts'
import type { InMessage } from './inlet-consumer.ts'
import { parseInSubject } from './inlet-message.ts'
import type { LaneMessage } from './lanes.ts'

export type QuarantineOptions = { partitions: number; now_ms(): number; payload_bytes_max: number }

export function toQuarantine(
  { subject, in_seq, data }: InMessage,
  { field, message, code }: EntryIssue,
  { partitions, now_ms, payload_bytes_max }: QuarantineOptions,
): LaneMessage {
  const { token } = parseInSubject(subject)
  const hash = hashAgent(token)
  // Base64 takes four bytes for three; the other fields have room in the rest.
  const kept = Math.min(data.length, Math.max(0, Math.floor(((payload_bytes_max - 8_192) * 3) / 4)))
  const line = JSON.stringify({
    reason: message,
    field,
    ...(code === undefined ? {} : { code }),
    subject: subject.slice(0, 4_096),
    received_at: toTime(now_ms()),
    in_seq,
    body_base64: data.toString('base64', 0, kept),
    ...(kept < data.length ? { body_bytes: data.length } : {}),
  })
  const place = `beacon.quarantine.${hash % partitions}.${toAgentToken(token.slice(0, 512).toWellFormed())}`
  return { subject: place, line, bytes: Buffer.byteLength(line), hash }
}
