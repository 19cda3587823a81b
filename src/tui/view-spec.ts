// What a view is: its state, its keys, what it asks of the aggregator, and its lines. Views know each other by name only.

import type { StoredBar } from '../core/bar-report.ts'
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
  /** A report was issued; for the bars view, also when it is not on the screen. */
  | { type: 'bar'; bar: StoredBar }
  /** Orders took steps; for the view on the screen. */
  | { type: 'orders' }
  /** Each second, for the view on the screen. */
  | { type: 'tick' }
  | { type: 'answer'; id: string; answer: Answer }
  /** The view comes on the screen, or the place, the moment or the filter changed. */
  | { type: 'entered' }
  /** A text is searched for (see `searches`): at each change while it is typed, and once more when it is confirmed. */
  | { type: 'search'; text: string }
  /** One of the view's own `commands`, from the palette. `argument` is one of its `values`, where it names any. */
  | { type: 'command'; name: string; argument: string }

/** A word of the palette with an argument: `sort rate`. */
export type ViewCommand<Name extends ViewName = ViewName> = {
  name: string
  /** Name of the argument in the palette: `COLUMN`. */
  metavar: string
  help: string
  /** What the argument can be, for completion; absent when it can be anything. */
  values?(model: Model, state: ViewStates[Name]): readonly string[]
}

export type ViewStep<State> = readonly [State, Effect[]]

export type ViewSpec<Name extends ViewName = ViewName> = {
  name: Name
  /** As in the tab line. */
  title: string
  /** One line, for the palette and the help. */
  help: string
  /** Beside the common ones; a key here wins over the common one. */
  keys: readonly KeyBinding[]
  commands?: readonly ViewCommand<Name>[]
  /** `ctrl-f` opens a search line; the text comes as a `search` message. */
  searches?: boolean
  /** False in a view whose content no filter changes: `/` then says so. */
  filters?: false
  /** Its lines show the present beat, and are made anew when that moves on. */
  beats?: true
  /** What is wanted in each frame; the root adds the filter. */
  query(model: Model, state: ViewStates[Name], size: Size): Partial<FleetQuery>
  /** Exactly `size.rows` lines. */
  lines(model: Model, state: ViewStates[Name], size: Size, paint: Paint): string[]
  update(model: Model, state: ViewStates[Name], message: ViewMessage, size: Size): ViewStep<ViewStates[Name]>
  /** The agent under the cursor: what enter opens, space marks and y copies, unless the view does it itself. */
  selected?(model: Model, state: ViewStates[Name]): string | null
  /** What is open in the view, for the breadcrumbs. */
  crumb?(model: Model, state: ViewStates[Name]): string | null
  /** Said at the right of the tab line, for example `1–20 of 50,000`. */
  note?(model: Model, state: ViewStates[Name], size: Size): string
}
