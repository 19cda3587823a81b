// From the fleet to what a view shows: one frame of a window on it.

import { secondsAfter } from './arrivals.ts'
import type { OpenBar } from './bar-report.ts'
import { toOpenBar } from './bars.ts'
import { changedAgents } from './changed-agents.ts'
import type { Fleet } from './fleet.ts'
import { groupsOf } from './fleet-group.ts'
import { orderAgents } from './fleet-order.ts'
import { type Picture, pictureAt, share } from './fleet-picture.ts'
import { rowsOf } from './fleet-rows.ts'
import { totalsOf } from './fleet-totals.ts'
import { agentOfCell, heatmapOf } from './heatmap.ts'
import type { Newest } from './newest.ts'
import { newestSince } from './newest-rows.ts'
import type { Window } from './select-window.ts'
import { type SeriesRing, seriesOf } from './series.ts'
import type { FleetBody, FleetQuery, Lag } from './view.ts'

/** What a viewer was shown last: only what came after it goes into the next frame. */
export type Shown = { seq: number; pushed: number; second_s: number }
/** Before the first frame nobody was looking, so nothing counts as skipped or changed. */
export const nothingShown: Shown = { seq: -1, pushed: -1, second_s: 0 }

/** The agents in the query's window, by number, of a fleet that is looked at once. */
export const orderFleet = (fleet: Fleet, query: FleetQuery, now_ms: number): Window =>
  orderAgents(pictureAt(fleet, now_ms), query)

/** One frame, and what it has shown. */
export const toFleetBody = (
  fleet: Fleet,
  query: FleetQuery,
  window: Window,
  shown: Shown,
  now_ms: number,
  lag: Lag,
): { body: FleetBody; shown: Shown } => toBody(pictureAt(fleet, now_ms), query, window, shown, lag)

/** What a picture cannot know: the newest events that the query wants, and the past minutes. */
export type Extras = { newest?: Newest | undefined; series?: SeriesRing | undefined }

/** As `toFleetBody`; views of one picture share what they have in common, so that equal parts are the same objects. */
export function toBody(
  picture: Picture,
  query: FleetQuery,
  window: Window,
  shown: Shown,
  lag: Lag,
  { newest = picture.fleet.newest, series }: Extras = {},
): { body: FleetBody; shown: Shown } {
  const { fleet, now_ms } = picture
  const events = newestSince(picture, newest, shown.pushed, query.newest)
  const seconds = secondsAfter(fleet.arrivals, now_ms, shown.second_s)
  const pinned = query.pin === undefined ? undefined : fleet.numbers.get(query.pin)
  const { heatmap, cell } = query
  const selection = heatmap && { ...query, heatmap }
  const cellAgent = selection && cell !== undefined ? agentOfCell(picture, selection, cell) : undefined
  const groups = query.group === undefined ? undefined : groupsOf(picture, query, query.group)
  const changed =
    query.changed === 0 || shown.seq < 0
      ? { agents: [], skipped: 0 }
      : changedAgents(picture, query, shown.seq)
  const rows = (agents: readonly number[]) => rowsOf(picture, query.columns, agents)
  return {
    body: {
      seq: fleet.seq,
      first_seq: fleet.first_seq,
      at_ms: now_ms,
      lag,
      totals: totalsOf(picture),
      matched: window.matched,
      tag: query.tag ?? null,
      offset: query.offset,
      columns: query.columns,
      rows: rows(window.members),
      pinned: pinned === undefined ? null : (rows([pinned])[0] ?? null),
      groups: groups?.groups ?? null,
      other_groups: groups?.other_groups ?? 0,
      heatmap: selection ? heatmapOf(picture, selection) : null,
      cell_agent: cellAgent === undefined ? null : (fleet.ids[cellAgent] ?? null),
      series: query.series && series ? seriesOf(series) : null,
      bars: query.bars ? openBarsOf(picture) : null,
      changed: query.changed === 0 ? null : rows(changed.agents),
      changed_skipped: changed.skipped,
      newest: events.rows,
      skipped: events.skipped,
      seconds,
    },
    shown: { seq: fleet.seq, pushed: newest.pushed, second_s: seconds.from_s + seconds.counts.length - 1 },
  }
}

const openBarsOf = (picture: Picture): OpenBar[] =>
  share(picture, 'bars', () => {
    const { bars } = picture.fleet
    return bars.open.map((bar) => toOpenBar(bars, bar))
  })
