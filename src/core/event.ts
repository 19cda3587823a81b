// The event: the one record that flows through Beacon, from a producer's body to a line in the archive.

export const eventKinds = ['state', 'heartbeat', 'claim', 'task', 'command', 'lifecycle', 'log'] as const
export type EventKind = (typeof eventKinds)[number]

/** Kinds that a producer may send to the ingest door; the others are written by Beacon's own services. */
export const producerKinds = ['state', 'heartbeat', 'lifecycle', 'log'] as const satisfies EventKind[]
export type ProducerKind = (typeof producerKinds)[number]

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type Metadata = { [key: string]: Json }

/** What a producer sends, validated: optional fields are absent, never null. */
export type EventBody = {
  agent_id: string
  status: string
  kind?: ProducerKind
  /** RFC 3339, as the producer wrote it. */
  timestamp?: string
  metadata?: Metadata
  id?: string
  /** The producer's own number of this event, counted per agent and run; duplicates are stored once. */
  agent_seq?: number
  run?: string
}

/** What the gateway adds when it admits an event. */
export type Stamp = {
  id: string
  /** Milliseconds since the epoch, the gateway's wall clock. */
  received_at_ms: number
  hlc: string
  /** Sequence in BEACON_IN, for an event that came through it. Grows per agent, and so removes redeliveries. */
  in_seq?: number
}

export const eventSchema = 'beacon.event.v1'

/** The event as every reader sees it (CONTRACT.md). `seq` is its sequence in BEACON_EVENTS. */
export type BeaconEvent = {
  schema: typeof eventSchema
  seq: number
  id: string
  kind: EventKind
  agent_id: string
  status: string
  timestamp: string
  received_at: string
  hlc: string
  agent_seq?: number
  run?: string
  in_seq?: number
  metadata: Metadata
}

export const limits = {
  agent_id_bytes_max: 256,
  status_chars_max: 64,
  id_chars_max: 128,
  run_chars_max: 128,
  event_bytes_max: 256 * 1024,
  body_bytes_max: 16 * 1024 * 1024,
  metadata_depth_max: 64,
} as const
