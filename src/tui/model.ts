// What the screen knows. Data only: `update` makes the next model, the views make lines of it.

import type { StatusDocument } from '../core/status.ts'
import type { FleetFrame, FleetQuery, FleetSort, NewestRow } from '../core/view.ts'

/** What is drawn: one frame and what added up over the frames before it. */
export type Picture = {
  frame: FleetFrame
  /** Our clock when the frame came, or when the aggregator last said that nothing had changed. */
  heard_ms: number
  /** The aggregator's clock at that moment. */
  at_ms: number
  /** Newest first. */
  newest: NewestRow[]
  /** Events per second, the newest last. */
  history: { until_s: number; counts: number[] }
  /** Events that no frame showed one by one, and frames left out because this screen was busy. */
  skipped: number
  coalesced: number
}

export type Link =
  | { name: 'connecting' }
  | { name: 'live' }
  | { name: 'lost'; reason: string; since_ms: number }

export type Model = {
  now_ms: number
  columns: number
  rows: number
  link: Link
  live: Picture | null
  /** The picture held still by pause. */
  held: Picture | null
  held_ms: number
  /** Null when the supervisor does not answer. */
  status: StatusDocument | null
  sort: FleetSort
  /** Expression that the agents match; empty for all. */
  where: string
  /** First row of the table, counted in the whole order. */
  offset: number
  /** Agent id. */
  selected: string | null
  help: boolean
}

export type Message =
  | { type: 'frame'; frame: FleetFrame }
  | { type: 'quiet'; at_ms: number }
  | { type: 'live' }
  | { type: 'lost'; reason: string }
  | { type: 'status'; status: StatusDocument | null }
  | { type: 'key'; key: string }
  | { type: 'resize'; columns: number; rows: number }
  | { type: 'tick' }

export type Effect = { type: 'query'; query: Partial<FleetQuery> } | { type: 'quit' } | { type: 'suspend' }

export const makeModel = (size: { columns: number; rows: number }, now_ms: number, where = ''): Model => ({
  now_ms,
  columns: size.columns,
  rows: size.rows,
  link: { name: 'connecting' },
  live: null,
  held: null,
  held_ms: 0,
  status: null,
  sort: 'seen',
  where,
  offset: 0,
  selected: null,
  help: false,
})

/** The picture on the screen. */
export const pictureOf = (model: Model): Picture | null => model.held ?? model.live

/** The aggregator's clock now, as far as it can be known: ages go on growing when nothing comes. */
export function remoteNow(model: Model, picture: Picture): number {
  const now_ms = model.held ? model.held_ms : model.now_ms
  return picture.at_ms + Math.max(0, now_ms - picture.heard_ms)
}
