// The fleet's numbers: one flat array per field, one entry per agent, so that a million agents are a few dozen arrays.

/** What each column holds. Times are milliseconds since the epoch, sequences those of the stream; 0 stands for none. */
const columnTypes = {
  /** Numbers of the texts in `statuses` and `tasks`. */
  status: Uint32Array,
  task: Uint32Array,
  /** Index in `activities`: which clock runs, by the status. */
  activity: Uint8Array,
  /** Index in `eventKinds` of the last event's kind. */
  kind: Uint8Array,
  /** 1: the status is an error. */
  in_error: Uint8Array,
  /** 1: said goodbye, and was not heard from since. */
  stopped: Uint8Array,
  last_seq: Float64Array,
  last_seen_ms: Float64Array,
  first_seen_ms: Float64Array,
  /** The event that brought the present status; as long as none did, 0 and when the agent was first heard of. */
  status_seq: Float64Array,
  status_since_ms: Float64Array,
  events: Uint32Array,
  errors: Uint32Array,
  /** Share of errors among its recent events, 0 to 1: a moving mean. */
  error_share: Float32Array,
  /** The last event with an error status. */
  error_seq: Float64Array,
  /** Events per second at `last_seen_ms`, weighted over 1, 10 and 60 seconds; from then on they decay (see `rateAt`). */
  rate_1: Float32Array,
  rate_10: Float32Array,
  rate_60: Float32Array,
  /** Moving mean of the pauses between its events; 0 before there was one. */
  pause_ms: Float32Array,
  /** The last heartbeat, and how often they come: as declared, else a moving mean of their pauses. */
  heartbeat_ms: Float64Array,
  heartbeat_interval_ms: Float32Array,
  /** How long it may stay silent; 0 without a lease, and after a goodbye. */
  lease_ms: Uint32Array,
  /** Times a number was passed over, and came late. */
  gaps: Uint32Array,
  reorders: Uint32Array,
  /** Numbers of its present run that are missing now; no more than the array can hold. */
  missing: Uint32Array,
  /** The last event that passed numbers over. */
  gap_seq: Float64Array,
  gap_ms: Float64Array,
} as const

type ColumnTypes = typeof columnTypes
export type ColumnName = keyof ColumnTypes
export type FleetColumns = { [name in ColumnName]: InstanceType<ColumnTypes[name]> }
type Column = FleetColumns[ColumnName]

export const columnNames = Object.keys(columnTypes) as ColumnName[]
export const missingMax = 0xffff_ffff

const build = (column: (name: ColumnName) => Column): FleetColumns =>
  Object.fromEntries(columnNames.map((name) => [name, column(name)])) as FleetColumns

export const makeColumns = (capacity: number): FleetColumns =>
  build((name) => new columnTypes[name](capacity))

/** The same entries in arrays of twice the length. */
export function growColumns(old: FleetColumns): FleetColumns {
  const columns = makeColumns(old.status.length * 2)
  for (const name of columnNames) columns[name].set(old[name])
  return columns
}

/** A copy of the entries of the agents from `from` to before `to`. */
export const sliceColumns = (columns: FleetColumns, from: number, to: number): FleetColumns =>
  build((name) => columns[name].slice(from, to))
