// Keys and mouse of the bars view: in the list of past bars, and in the report that is open.

import type { StoredBar } from '../../core/bar-report.ts'
import { type Effect, liveNow, type Model, type Moment } from '../model.ts'
import type { Size, ViewStep } from '../view-spec.ts'
import { currentBar, follow, moveBy, scrollBy, selectAt, windowOf } from './bar-list.ts'
import { askOlder } from './bars-asks.ts'
import { toBarsLayout } from './bars-layout.ts'
import type { BarsState } from './bars-state.ts'
import { presentBar } from './present-bar.ts'
import { agentsOf, issuesOf } from './report-issues.ts'
import { toReportLayout } from './report-layout.ts'

type Step = ViewStep<BarsState>

const wheel_rows = 3

/** The bar whose report is open, or the one under the cursor; the newest one while the list follows. */
export function barOf({ place }: Model, { list, single }: BarsState): StoredBar | undefined {
  if (place.window === null) return currentBar(list)
  const held = list.bars.find(({ window_id }) => window_id === place.window)
  return held ?? (single?.window_id === place.window ? single : undefined)
}

export function actInBars(model: Model, state: BarsState, action: string, size: Size): Step {
  const bar = barOf(model, state)
  const isOpen = model.place.window !== null
  const chosen = isOpen || !state.list.following ? bar : undefined
  switch (action) {
    case 'copy_report':
      return [state, bar ? copied(bar) : [notice('there is no report to copy')]]
    case 'moment':
      return [state, [{ type: 'travel', moment: toMoment(model, chosen) }]]
    case 'claims':
      return [state, showClaims(model, chosen)]
    default:
      return isOpen ? actInReport(state, action, bar, size) : actInList(state, action, size)
  }
}

function actInList(state: BarsState, action: string, size: Size): Step {
  const { list } = state
  const height = toBarsLayout(size).list
  const page = Math.max(1, height - 1)
  switch (action) {
    case 'down':
      return moved(state, moveBy(list, 1, height), height)
    case 'up':
      return moved(state, moveBy(list, -1, height), height)
    case 'page_down':
      return moved(state, moveBy(list, page, height), height)
    case 'page_up':
      return moved(state, moveBy(list, -page, height), height)
    case 'first':
      return moved(state, selectAt(list, 0, height), height)
    case 'last':
      return moved(state, follow(list), height)
    case 'open': {
      const bar = currentBar(list)
      return bar ? openReport(state, bar) : [state, []]
    }
    default:
      return [state, []]
  }
}

/** Near the top, older bars are asked for before they are needed. */
function moved(state: BarsState, list: BarsState['list'], height: number): Step {
  const next = list === state.list ? state : { ...state, list }
  return !list.following && windowOf(list, height).from < height ? askOlder(next) : [next, []]
}

const openReport = (state: BarsState, { window_id }: StoredBar): Step => [
  { ...state, issue: 0 },
  [{ type: 'open', place: { window: window_id } }],
]

function actInReport(state: BarsState, action: string, bar: StoredBar | undefined, size: Size): Step {
  const issues = bar ? issuesOf(bar) : []
  const page = Math.max(1, toReportLayout(size).issues - 1)
  const to = (issue: number): Step => [
    { ...state, issue: Math.max(0, Math.min(issues.length - 1, issue)) },
    [],
  ]
  switch (action) {
    case 'down':
      return to(state.issue + 1)
    case 'up':
      return to(state.issue - 1)
    case 'page_down':
      return to(state.issue + page)
    case 'page_up':
      return to(state.issue - page)
    case 'first':
      return to(0)
    case 'last':
      return to(issues.length - 1)
    case 'open': {
      const issue = issues[state.issue]
      if (!issue) return [state, []]
      const where = agentsOf(issue)
      if (where === null) return [state, [notice(`${issue.category} is not about agents`)]]
      return [state, [{ type: 'open', place: { view: 'fleet', where, window: null } }]]
    }
    default:
      return [state, []]
  }
}

export function clickBars(model: Model, state: BarsState, row: number, size: Size): Step {
  if (model.place.window !== null) {
    const bar = barOf(model, state)
    const layout = toReportLayout(size)
    const at = row - layout.top + layout.firstIssue(state.issue, bar ? issuesOf(bar).length : 0)
    if (!bar || row < layout.top || row >= layout.top + layout.issues || !issuesOf(bar)[at])
      return [state, []]
    return at === state.issue ? actInReport(state, 'open', bar, size) : [{ ...state, issue: at }, []]
  }
  const { list } = state
  const { top, list: height } = toBarsLayout(size)
  const { from, to } = windowOf(list, height)
  const bar = row < top || from + row - top >= to ? undefined : list.bars[from + row - top]
  if (!bar) return [state, []]
  if (!list.following && bar.window_id === list.selected) return openReport(state, bar)
  return moved(state, selectAt(list, from + row - top, height), height)
}

/** The wheel. */
export function turnBars(model: Model, state: BarsState, way: 'up' | 'down', size: Size): Step {
  if (model.place.window !== null) return actInBars(model, state, way, size)
  const height = toBarsLayout(size).list
  return moved(state, scrollBy(state.list, way === 'up' ? -wheel_rows : wheel_rows, height), height)
}

const copied = (bar: StoredBar): Effect[] => [
  { type: 'copy', text: JSON.stringify(bar) },
  notice(`copied the report of beats ${bar.from_beat}–${bar.to_beat}`),
]

/** When the bar's report was issued: the end of the bar. Without a bar, what is shown now. */
function toMoment(model: Model, bar: StoredBar | undefined): Moment {
  const issued_ms = bar ? Date.parse(bar.issued_at) : Number.NaN
  if (Number.isFinite(issued_ms)) return { at_ms: issued_ms }
  return model.travel?.target ?? { at_ms: Math.floor(liveNow(model)) }
}

/** The claims of a bar, at its end; without one, those of the bar that is filling up. */
function showClaims(model: Model, bar: StoredBar | undefined): Effect[] {
  const from_beat = bar?.from_beat ?? presentBar(model)?.from_beat
  const where = from_beat === undefined ? 'kind:claim' : `kind:claim meta.from_beat:${from_beat}`
  const open: Effect = { type: 'open', place: { view: 'feed', where, window: null } }
  return bar ? [open, { type: 'travel', moment: toMoment(model, bar) }] : [open]
}

const notice = (text: string): Effect => ({ type: 'notice', text })
