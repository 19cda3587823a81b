// What a view is: its state, its keys, what it asks of the aggregator, and its lines. Views know each other by name only.

import type { StatusDocument } from '../core/status.ts'
import type { FleetFrame, FleetQuery } from '../core/view.ts'
import type { KeyBinding } from './keys.ts'
import type { Answer, Effect, Model, Mouse } from './model.ts'
import type { Paint } from './paint.ts'
import type { ViewName, ViewStates } from './view-names.ts'

/** The part of the screen that belongs to the view. */
export type Size = { columns: number; rows: number }

export type ViewMessage =
  /** One of the view's own `keys`, or of the common keys that are the view's to carry out (keys.ts, `forView`). */
  | { type: 'action'; action: string }
  /** `row` counts from the view's first line. */
  | { type: 'mouse'; mouse: Mouse }
  /** A new frame is in the model's picture; only for the view on the screen, not while paused or travelling. */
  | { type: 'frame'; frame: FleetFrame }
  /** Each second, for every view, also those that are not on the screen. */
  | { type: 'status'; status: StatusDocument | null }
  /** Each second, for the view on the screen. */
  | { type: 'tick' }
  | { type: 'answer'; id: string; answer: Answer }
  /** The view comes on the screen, or the place, the moment or the filter changed. */
  | { type: 'entered' }
  /** A text was searched for (`/` of a view that searches, see `searches`). */
  | { type: 'search'; text: string }

export type ViewStep<State> = readonly [State, Effect[]]

export type ViewSpec<Name extends ViewName = ViewName> = {
  name: Name
  /** As in the tab line. */
  title: string
  /** One line, for the palette and the help. */
  help: string
  /** Beside the common ones; a key here wins over the common one. */
  keys: readonly KeyBinding[]
  /** `ctrl-f` opens a search line; the text comes as a `search` message. */
  searches?: boolean
  /** What is wanted in each frame; the root adds the filter. */
  query(model: Model, state: ViewStates[Name], size: Size): Partial<FleetQuery>
  /** Exactly `size.rows` lines. */
  lines(model: Model, state: ViewStates[Name], size: Size, paint: Paint): string[]
  update(model: Model, state: ViewStates[Name], message: ViewMessage, size: Size): ViewStep<ViewStates[Name]>
  /** The agent under the cursor: what enter opens, space marks and y copies, unless the view does it itself. */
  selected?(model: Model, state: ViewStates[Name]): string | null
  /** Said at the right of the tab line, for example `1–20 of 50,000`. */
  note?(model: Model, state: ViewStates[Name], size: Size): string
}
