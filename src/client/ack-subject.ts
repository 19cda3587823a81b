// The reply subject of a JetStream delivery, which says where the message stands:
// `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<deliveries>.<seq>.<consumer seq>.<time>.<pending>[.<token>]`

export type Delivery = {
  /** 1 the first time. */
  deliveries: number
  /** Sequence in the stream. */
  seq: number
  /** Counts what this consumer delivered, from 1. */
  consumer_seq: number
  /** When the stream took it: the broker's wall clock, milliseconds since the epoch. */
  stored_at_ms: number
  /** Messages of the consumer behind this one. */
  pending: number
}

/** Undefined for the reply of anything else, such as a status message. */
export function parseAckSubject(subject: string | undefined): Delivery | undefined {
  if (!subject?.startsWith('$JS.ACK.')) return undefined
  const tokens = subject.split('.')
  const at = tokens.length === 9 ? 4 : 6
  return {
    deliveries: Number(tokens[at]),
    seq: Number(tokens[at + 1]),
    consumer_seq: Number(tokens[at + 2]),
    stored_at_ms: Math.floor(Number(tokens[at + 3]) / 1e6),
    pending: Number(tokens[at + 4]),
  }
}
