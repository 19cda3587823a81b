// What the gateway publishes on beacon.quarantine.> for input that came through BEACON_IN and cannot be admitted.

export type QuarantineMessage = { reason: string; received_at_ms: number; bytes: Buffer }

/** Reads such a message. Anything else on the stream is quarantined as it is, since nothing accepted may be lost. */
export function parseQuarantineMessage(data: Buffer, now_ms: number): QuarantineMessage {
  try {
    const value = JSON.parse(data.toString('utf8')) as Record<string, unknown>
    if (typeof value.reason === 'string' && typeof value.body_base64 === 'string') {
      const receivedAt = Date.parse(String(value.received_at))
      return {
        reason: value.reason,
        received_at_ms: Number.isNaN(receivedAt) ? now_ms : receivedAt,
        bytes: Buffer.from(value.body_base64, 'base64'),
      }
    }
  } catch {
    // Not ours: kept whole below.
  }
  return { reason: 'no event subject', received_at_ms: now_ms, bytes: data }
}
