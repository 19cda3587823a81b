// What the screen knows. Data only: `update` makes the next model, the views make lines of it.

import type { BarsRequest, StoredBar } from '../core/bar-report.ts'
import type { Beat } from '../core/beat-tracker.ts'
import type { ExpressionError } from '../core/expression.ts'
import type { EventsRequest, FleetAt, RangeDocument, RangeRequest } from '../core/history.ts'
import type { CommandRequest } from '../core/order.ts'
import type { StatusDocument } from '../core/status.ts'
import type { FleetFrame, NewestRow } from '../core/view.ts'
import type { Draft } from './order/draft.ts'
import type { ThemeName } from './paint.ts'
import { initialStates, type ViewName, type ViewStates } from './view-names.ts'

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

/** Where the operator is, so that esc can go back there: the breadcrumbs. */
export type Place = {
  view: ViewName
  /** Expression that the agents match; empty for all. */
  where: string
  /** The agent that the agent view shows. */
  agent: string | null
  /** Window of the bar whose report the bars view shows in full. */
  window: string | null
  /** Id of the command whose orders the control view shows. */
  command: string | null
}

/** A line being typed. */
export type Prompt = {
  name: 'filter' | 'search' | 'command' | 'time' | 'reason' | 'confirm'
  text: string
  /** Position in UTF-16 units. */
  cursor: number
  /** What is wrong with it so far. */
  error: ExpressionError | null
  /** Offered from the history: the first letter typed replaces it. */
  offered: boolean
  /** Which line of the history is shown, 0 the newest; -1 is the one being typed, kept in `draft`. */
  recalled: number
  draft: string
  /** The filter, or what was searched for, when the line was opened: escape brings it back. */
  before: string
  /** The chosen line of the palette's list. */
  choice: number
}

/** A moment of the past. */
export type Moment = { at_ms: number } | { seq: number }

/** Time travel: the moment that is shown, and what there is around it. */
export type Travel = {
  /** The moment asked for. */
  target: Moment
  /** What the historian answered last, as a picture; null until it did. */
  shown: (Picture & Pick<FleetAt, 'seq'>) | null
  loading: boolean
  error: string | null
  /** Events over the window that the scrubber shows. */
  range: RangeDocument | null
  window: { from_ms: number; to_ms: number }
  /** Length of the breadcrumbs at the start: esc goes back through those added since, and then to the present. */
  trail: number
}

/** What survives the screen: kept by whoever runs it. The newest of each list first. */
export type Memory = {
  filters: string[]
  searches: string[]
  commands: string[]
  theme: ThemeName
  mouse: boolean
}

export type Model = {
  now_ms: number
  /** The wall clock at `now_ms`. */
  wall_ms: number
  columns: number
  rows: number
  link: Link
  live: Picture | null
  /** The picture held still by pause. */
  held: Picture | null
  held_ms: number
  held_beat: Beat | null | undefined
  travel: Travel | null
  /** The present beat; null when there is no pulse, undefined while nobody knows. */
  beat: Beat | null | undefined
  /** Null when the supervisor does not answer. */
  status: StatusDocument | null
  place: Place
  /** Where esc goes back to, the last one first in line. */
  trail: Place[]
  views: ViewStates
  /** Ids of marked agents. */
  marks: ReadonlySet<string>
  prompt: Prompt | null
  /** The command that is about to be given. */
  draft: Draft | null
  /** First line of the help that is shown; null when it is closed. */
  help: number | null
  /** A word to the operator, shown until `until_ms`. */
  notice: { text: string; bad: boolean; until_ms: number } | null
  memory: Memory
  readonly: boolean
  /** How people call this instance, for the header. */
  name: string
  /** False: the theme is mono whatever is remembered (NO_COLOR). */
  color: boolean
  /** While paused, frames are taken until then: what is looked at has changed. */
  thaw_ms: number
}

/** A question whose answer comes back as a message to the same view. `id` tells answers apart. */
export type Ask = { view: ViewName | 'travel' | 'order'; id: string } & (
  | { what: 'events'; request: EventsRequest }
  | { what: 'agent'; agent: string; moment: Moment | null }
  | { what: 'range'; request: RangeRequest }
  | { what: 'bars'; request: BarsRequest }
  | { what: 'pulse' }
  | { what: 'commands' }
  | { what: 'command'; request: CommandShowRequest }
  | { what: 'order'; request: CommandRequest }
)

/** Orders of a command from the one at that place on, those that are open first. */
export type CommandShowRequest = { command_id: string; offset: number; limit: number }

export type Answer =
  | { ok: true; value: unknown }
  /** In words for the operator; not escaped. */
  | { ok: false; error: string }

/** `row` and `column` count from 0 within the screen. */
export type Mouse = { kind: 'click' | 'up' | 'down'; row: number; column: number }

export type Message =
  | { type: 'frame'; frame: FleetFrame }
  | { type: 'quiet'; at_ms: number }
  | { type: 'live' }
  | { type: 'lost'; reason: string }
  | { type: 'status'; status: StatusDocument | null }
  /** The beat moved on: a phase, a tempo, a leader. */
  | { type: 'beat'; beat: Beat | null }
  /** A report was issued. */
  | { type: 'bar'; bar: StoredBar }
  /** Orders took steps since the last such message. */
  | { type: 'orders' }
  | { type: 'moment'; target: Moment; answer: Answer }
  | { type: 'answer'; ask: Ask; answer: Answer }
  | { type: 'key'; key: string }
  | { type: 'paste'; text: string }
  | { type: 'mouse'; mouse: Mouse }
  | { type: 'resize'; columns: number; rows: number }
  | { type: 'tick'; wall_ms: number }
  /** The first one; with a moment, the screen starts in the past. */
  | { type: 'start'; moment: Moment | null }

export type Effect =
  | { type: 'quit' }
  | { type: 'suspend' }
  /** Into the terminal's clipboard (OSC 52). */
  | { type: 'copy'; text: string }
  | { type: 'mouse'; on: boolean }
  | { type: 'remember'; memory: Memory }
  | { type: 'ask'; ask: Ask }
  /** Made by a view, carried out by the root: go there, and come back with esc. */
  | { type: 'open'; place: Partial<Place> }
  | { type: 'notice'; text: string; bad?: boolean }
  /** Made by a view, carried out by the root: shows that moment. */
  | { type: 'travel'; moment: Moment }

export type ModelOptions = {
  columns: number
  rows: number
  now_ms: number
  wall_ms: number
  place?: Partial<Place>
  memory?: Partial<Memory>
  readonly?: boolean
  name?: string
  color?: boolean
}

export const memoryInit: Memory = { filters: [], searches: [], commands: [], theme: 'dark', mouse: true }

export const makeModel = (options: ModelOptions): Model => ({
  now_ms: options.now_ms,
  wall_ms: options.wall_ms,
  columns: options.columns,
  rows: options.rows,
  link: { name: 'connecting' },
  live: null,
  held: null,
  held_ms: 0,
  held_beat: undefined,
  travel: null,
  beat: undefined,
  status: null,
  place: { view: 'fleet', where: '', agent: null, window: null, command: null, ...options.place },
  trail: [],
  views: initialStates(),
  marks: new Set(),
  prompt: null,
  draft: null,
  help: null,
  notice: null,
  memory: { ...memoryInit, ...options.memory },
  readonly: options.readonly ?? false,
  name: options.name ?? '',
  color: options.color ?? true,
  thaw_ms: 0,
})

/** The picture on the screen: of a past moment, held still, or live. */
export const pictureOf = (model: Model): Picture | null =>
  model.travel ? model.travel.shown : (model.held ?? model.live)

/** The moment of the past that is shown, or that is on its way, as a time. */
export const momentOf = ({ target, shown }: Travel): number =>
  'at_ms' in target ? target.at_ms : (shown?.at_ms ?? 0)

/** The aggregator's clock in the present, whatever is shown. */
export const liveNow = ({ live, now_ms, wall_ms }: Model): number =>
  live ? live.at_ms + Math.max(0, now_ms - live.heard_ms) : wall_ms

/** The aggregator's clock now, as far as it can be known: ages go on growing when nothing comes. */
export function remoteNow(model: Model, picture: Picture): number {
  if (model.travel) return picture.at_ms
  const now_ms = model.held ? model.held_ms : model.now_ms
  return picture.at_ms + Math.max(0, now_ms - picture.heard_ms)
}
