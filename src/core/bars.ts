// Claims folded by bar: who reported, what was reviewed in time, which help was given. Part of the fleet, so that replay,
// restart and time travel have it too.
//
// At most four bars are open: the present one, the next (claims may be a beat early) and the two before. The newest that a
// claim or a report names decides. A claim for an older one is a straggler and changes nothing; but when bars far behind
// are named, or windows that fit none of these, the count of beats began again, and the open bars are those of the old one.

import { toIssues } from './bar-issues.ts'
import { type BarReport, barReportType, type OpenBar } from './bar-report.ts'
import { countClaim } from './count-claim.ts'
import type { FleetColumns } from './fleet-columns.ts'
import { type ClaimState, claimStates } from './status-claim.ts'

/** What counting needs of a stored claim (fleet-event.ts reads it from the line). */
export type ClaimFacts = Window & {
  state: ClaimState
  /** Empty when it names none. */
  task: string
  progress: number
  on_time: boolean
  late: boolean
}

/** A bar by its beats, both inclusive, and the name that follows from them. */
type Window = { window_id: string; from_beat: number; to_beat: number }

export type Bar = Window & {
  claims: number
  late_claims: number
  agents_reporting: number
  on_time_reviews: number
  help_promises_fulfilled: number
  failed_tasks: number
  /** Agents by their last state, in the order of `claimStates`. */
  states: number[]
  /** An entry for each agent (bar-entry.ts); those that it is too short for have not reported. */
  entries: Uint8Array
  /** Of the agents with `tasksFlag`. Values are never changed, only replaced. */
  tasks: Map<number, AgentTasks>
  /** Last revision reported, -1 for none, and that report. */
  revision: number
  report: BarReport | null
}

/** Tasks that an agent promised to help with and has not completed yet, and those that it failed; of each the last few. */
export type AgentTasks = { promised: readonly string[]; failed: readonly string[] }

export type Bars = {
  /** Ascending. */
  open: Bar[]
}

/** What a report needs beside the claims. */
export type ReportFacts = {
  cluster_id: string
  tempo_bpm: number
  tempo_drift_ms: number
  leader_changes: number
  /** Refused claims: by error code, and examples. */
  refused: { count: number; agents: string[] }
  dropped_views: number
  /** Token rotations that fell due in the window and are outstanding. */
  rotations_outstanding: number
  issued_at: string
}

/** Of the fleet that the bars are of: who the agents are, and who said goodbye. */
export type BarAgents = { ids: readonly string[]; columns: Pick<FleetColumns, 'stopped'> }

/** Bars that are open at most. */
export const openBarsMax = 4
/** So far behind the newest bar a claim may still be a straggler. */
const stragglerMax = 16

export const makeBars = (): Bars => ({ open: [] })

export const makeBar = ({ window_id, from_beat, to_beat }: Window): Bar => ({
  window_id,
  from_beat,
  to_beat,
  claims: 0,
  late_claims: 0,
  agents_reporting: 0,
  on_time_reviews: 0,
  help_promises_fulfilled: 0,
  failed_tasks: 0,
  states: claimStates.map(() => 0),
  entries: new Uint8Array(1_024),
  tasks: new Map(),
  revision: -1,
  report: null,
})

/** `agent` is its number in the fleet. */
export function foldClaim(bars: Bars, agent: number, claim: ClaimFacts): void {
  const bar = openFor(bars, claim)
  if (bar !== undefined) countClaim(bar, agent, claim)
}

/** Takes note that a window was reported; from the stream, where the first report of a window and revision counts. */
export function noteReport(bars: Bars, report: BarReport): void {
  const bar = openFor(bars, report)
  if (bar === undefined || report.revision <= bar.revision) return
  bar.revision = report.revision
  bar.report = report
}

/** The bar of a window, opened if need be; undefined when it is not kept any more. */
function openFor(bars: Bars, window: Window): Bar | undefined {
  for (const bar of bars.open)
    if (bar.from_beat === window.from_beat && bar.window_id === window.window_id) return bar
  if (beganAgain(bars, window)) bars.open = []
  const { from_beat, to_beat } = window
  const newest = Math.max(from_beat, bars.open.at(-1)?.from_beat ?? 0)
  const oldest = newest - (openBarsMax - 1) * (to_beat - from_beat + 1)
  if (from_beat < oldest) return undefined
  const bar = makeBar(window)
  bars.open = [...bars.open, bar]
    .filter((each) => each.from_beat >= oldest)
    .sort((a, b) => a.from_beat - b.from_beat)
  return bar
}

/** Far behind; or of another length or name, which bars of one cluster never are. */
function beganAgain({ open }: Bars, { from_beat, to_beat }: Window): boolean {
  const beats = to_beat - from_beat + 1
  return open.some(
    (bar) =>
      bar.to_beat - bar.from_beat + 1 !== beats ||
      bar.from_beat === from_beat ||
      bar.from_beat - from_beat > stragglerMax * beats,
  )
}

/** The bar that ended when this one began, if it is kept. */
const barBefore = ({ open }: Bars, { from_beat }: Pick<Bar, 'from_beat'>): Bar | undefined =>
  open.find(({ to_beat }) => to_beat === from_beat - 1)

export function toOpenBar(bars: Bars, bar: Bar): OpenBar {
  const { window_id, from_beat, to_beat, agents_reporting, claims, late_claims, revision } = bar
  return {
    window_id,
    from_beat,
    to_beat,
    agents_reporting,
    agents_expected: barBefore(bars, bar)?.agents_reporting ?? 0,
    on_time_reviews: bar.on_time_reviews,
    help_promises_fulfilled: bar.help_promises_fulfilled,
    claims,
    late_claims,
    states: claimStates
      .map((state, i): [ClaimState, number] => [state, bar.states[i] as number])
      .filter(([, count]) => count > 0),
    revision: revision < 0 ? null : revision,
  }
}

/** The report of a bar as it stands, with the revision after its last one. `agents` is the fleet. */
export function toBarReport(bars: Bars, bar: Bar, facts: ReportFacts, agents: BarAgents): BarReport {
  const { window_id, from_beat, to_beat, claims, late_claims } = bar
  return {
    type: barReportType,
    window_id,
    from_beat,
    to_beat,
    agents_reporting: bar.agents_reporting,
    on_time_reviews: bar.on_time_reviews,
    help_promises_fulfilled: bar.help_promises_fulfilled,
    secret_rotations_ok: facts.rotations_outstanding === 0,
    tempo_drift_ms: facts.tempo_drift_ms,
    issues: toIssues(bar, barBefore(bars, bar), facts, agents),
    cluster_id: facts.cluster_id,
    revision: bar.revision + 1,
    issued_at: facts.issued_at,
    tempo_bpm: facts.tempo_bpm,
    claims,
    late_claims,
  }
}
