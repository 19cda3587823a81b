// Claims as a gateway stores them and reports as an aggregator issues them, for tests of what keeps and counts them.

import type { BarReport } from '../../../src/core/bar-report.ts'
import { type Bars, foldClaim, makeBar, makeBars, toBarReport } from '../../../src/core/bars.ts'
import { barOf, toWindowId } from '../../../src/core/beat.ts'
import { toEventLine } from '../../../src/core/event-line.ts'
import { makeFleet } from '../../../src/core/fleet.ts'
import { parseFleetEvent } from '../../../src/core/fleet-event.ts'
import type { ClaimState } from '../../../src/core/status-claim.ts'
import { type StreamReport, toStreamReport } from '../../../src/daemon/archive/report-row.ts'
import type { StreamEvent } from '../../../src/daemon/archive/stage.ts'
import { start_ms } from './make-events.ts'

export const cluster_id = 'test'
export const beatsPerBar = 4

export type ClaimSpec = {
  seq: number
  agent?: string
  beat: number
  state?: ClaimState
  task?: string
  on_time?: boolean
  late?: boolean
  received_at_ms?: number
}

export function makeClaim(spec: ClaimSpec): StreamEvent {
  const { seq, agent = `agent-${seq % 3}`, beat, state = 'executing', task, received_at_ms } = spec
  const bar = barOf(beat, beatsPerBar)
  const line = toEventLine(
    {
      agent_id: agent,
      status: state,
      metadata: {
        window_id: toWindowId(cluster_id, bar.from_beat),
        ...bar,
        on_time: spec.on_time ?? true,
        late: spec.late ?? false,
        beat_index: beat,
        hlc: '0000:0000:0000',
        ...(task === undefined ? {} : { task_id: task }),
      },
    },
    { id: `id-${seq}`, received_at_ms: received_at_ms ?? start_ms + seq, hlc: '0123456789ab-0000-0000001' },
    'claim',
  )
  return { seq, agent_id: agent, line: Buffer.from(line) }
}

/** An aggregator in small: folds what it is given and reports when it is told. */
export function makeReporter() {
  const bars: Bars = makeBars()
  const agents: string[] = []
  const revisions = new Map<number, number>()
  const fold = ({ seq, agent_id, line }: StreamEvent): void => {
    if (!agents.includes(agent_id)) agents.push(agent_id)
    const claim = parseFleetEvent(line, seq, agent_id)?.claim
    if (claim) foldClaim(bars, agents.indexOf(agent_id), claim)
  }
  const report = (beat: number, issued_at_ms = start_ms, tempo_bpm = 120): BarReport => {
    const { from_beat, to_beat } = barOf(beat, beatsPerBar)
    const window_id = toWindowId(cluster_id, from_beat)
    const revision = (revisions.get(from_beat) ?? -1) + 1
    revisions.set(from_beat, revision)
    // A window without claims is reported as well.
    const bar =
      bars.open.find((each) => each.window_id === window_id) ?? makeBar({ window_id, from_beat, to_beat })
    return {
      ...toBarReport(
        bars,
        bar,
        { ...facts, tempo_bpm, issued_at: new Date(issued_at_ms).toISOString() },
        {
          ids: agents,
          columns: makeFleet(8).columns,
        },
      ),
      revision,
    }
  }
  return { fold, report }
}

const facts = {
  cluster_id,
  tempo_drift_ms: 0.5,
  leader_changes: 0,
  refused: { count: 0, agents: [] },
  dropped_views: 0,
  rotations_outstanding: 0,
}

/** Of a bar of which nothing is known. */
export function makeReport(beat: number, { revision = 0, issued_at_ms = start_ms } = {}): BarReport {
  return { ...makeReporter().report(beat, issued_at_ms), revision }
}

export function toStored(seq: number, report: BarReport): StreamReport {
  const stored = toStreamReport(seq, Buffer.from(JSON.stringify(report)))
  if (!stored) throw new Error('this is no report')
  return stored
}
