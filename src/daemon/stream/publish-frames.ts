// The bytes of a publish in NATS's client protocol, a whole batch in one string and one write.
// nats.js makes four arrays and a header map per message: 3 µs of CPU against 0.75 µs here, of 10 µs that an event has in all.

import type { NatsConnection } from '@nats-io/nats-core'
import type { NatsConnectionImpl } from '@nats-io/nats-core/internal'

/** `line` is the payload, `bytes` its length in UTF-8; `subject` is ASCII without spaces. */
export type Message = { subject: string; line: string; bytes: number }

/** An atomic batch (ADR-50 of NATS): stored as one when its last message arrives, and only that one is answered. */
export function toBatchFrames(messages: readonly Message[], batchId: string, reply: string): string {
  const last = messages.length - 1
  let frames = ''
  for (let i = 0; i <= last; i++) {
    const { subject, line, bytes } = messages[i] as Message
    const head = `NATS/1.0\r\nNats-Batch-Id:${batchId}\r\nNats-Batch-Sequence:${i + 1}\r\n${i === last ? 'Nats-Batch-Commit:1\r\n\r\n' : '\r\n'}`
    const to = i === last ? `${subject} ${reply}` : subject
    frames += `HPUB ${to} ${head.length} ${head.length + bytes}\r\n${head}${line}\r\n`
  }
  return frames
}

/** One publish per message, each answered on `reply` followed by its place in the list. */
export function toPlainFrames(messages: readonly Message[], reply: string): string {
  let frames = ''
  for (let i = 0; i < messages.length; i++) {
    const { subject, line, bytes } = messages[i] as Message
    frames += `PUB ${subject} ${reply}${i} ${bytes}\r\n${line}\r\n`
  }
  return frames
}

/** False, and nothing sent, while there is no connection: nats.js would keep the bytes and throw them away later. */
export function sendFrames(nc: NatsConnection, frames: string): boolean {
  const { protocol } = nc as NatsConnectionImpl
  if (!isConnected(nc)) return false
  protocol.sendCommand(Buffer.from(frames, 'utf8'))
  return true
}

export function isConnected(nc: NatsConnection): boolean {
  const { protocol } = nc as NatsConnectionImpl
  return protocol.connected && protocol.infoReceived && !protocol.isClosed() && !protocol.noMorePublishing
}
