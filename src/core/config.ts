// The settings of a home: one table that makes the flags, the environment variables, config.toml and the docs.

export type Durability = 'durable' | 'fast'

export type Config = {
  /** HOST:PORT of the HTTP door. */
  http: string
  durability: Durability
  gateways: number
  partitions: number
  /** Publishing lanes of one gateway: an agent hashes to one lane, a lane has one batch in flight. */
  lanes: number
  /** Events that make an archive batch. */
  batch: number
  /** Milliseconds after which an unfilled batch is archived all the same. */
  flush_ms: number
  retention_ms: number
  /** Bytes that the event stream may hold. */
  max_bytes: number
  cluster: string
  /** Beats per minute of a pulse that has none yet. */
  tempo_bpm: number
  /** Fixed once a cluster has its pulse. */
  beats_per_bar: number
  /** URL of an external NATS; null runs the embedded nats-server. */
  nats: string | null
  /** `local`: over loopback no token is needed; `required`: every request to the HTTP door wants one. */
  auth: 'local' | 'required'
  /** Names of metadata fields whose values are never stored. */
  redact: readonly string[]
  log_level: 'debug' | 'info' | 'warn' | 'error'
}
