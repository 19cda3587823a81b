// The door's verdict on a claim by the beat at its receipt: so that whoever folds the stored event needs no clock.

import { barOf, toWindowId } from './beat.ts'
import type { Beat } from './beat-tracker.ts'
import type { EventBody, Metadata } from './event.ts'
import { err, ok, type Result } from './result.ts'
import type { ClaimIssue, ClaimMetadata, ClaimVerdict, StatusClaim } from './status-claim.ts'

/** What a claim may be for, both included: a bar late, and a beat early. */
const firstBeat = (at: BeatAtDoor): number => Math.max(0, at.from_beat - at.beats_per_bar)
const lastBeat = (at: BeatAtDoor): number => at.beat_index + 1

/** The beat at the receipt. */
export type BeatAtDoor = Pick<Beat, 'beat_index' | 'from_beat' | 'window_id' | 'beats_per_bar'>

/**
 * A claim counts for the bar of its beat: at most one bar late and one beat early, else it is refused (SEEDS.md 4).
 * `endOfBeat_ms` is when the beat that it names ends, by the clock of `received_wall_ms`; undefined when that is not
 * known any more: then it is on time if that beat is not over.
 */
export function judgeClaim(
  { beat_index }: Pick<StatusClaim, 'beat_index'>,
  at: BeatAtDoor,
  endOfBeat_ms: number | undefined,
  received_wall_ms: number,
  cluster_id: string,
): Result<ClaimVerdict, ClaimIssue> {
  const issue = outOfTime(beat_index, at)
  if (issue) return err(issue)
  const bar = barOf(beat_index, at.beats_per_bar)
  return ok({
    on_time: endOfBeat_ms === undefined ? beat_index >= at.beat_index : received_wall_ms < endOfBeat_ms,
    late: bar.to_beat < at.beat_index,
    window_id: bar.from_beat === at.from_beat ? at.window_id : toWindowId(cluster_id, bar.from_beat),
    ...bar,
  })
}

function outOfTime(beat_index: number, at: BeatAtDoor): ClaimIssue | undefined {
  const [first, last] = [firstBeat(at), lastBeat(at)]
  if (beat_index >= first && beat_index <= last) return undefined
  const code = beat_index < first ? 'claim_too_late' : 'claim_too_early'
  const side = beat_index < first ? 'is of a bar long closed' : 'is still to come'
  return {
    field: 'beat_index',
    message: `beat_index ${beat_index} ${side}: at beat ${at.beat_index} claims for ${first} to ${last} are taken; take the index of the newest beat frame`,
    code,
  }
}

/** What is stored of a claim: first what a person looks at. Its task has the name that all events give it, too. */
export function toClaimBody(
  { type: _type, agent_id, state, beat_index, hlc, ...said }: StatusClaim,
  verdict: ClaimVerdict,
): Omit<EventBody, 'kind'> & { kind: 'claim' } {
  const task = said.task_id === undefined ? {} : { task: said.task_id }
  const metadata: ClaimMetadata = { ...task, ...said, beat_index, ...verdict, hlc }
  return { agent_id, status: state, kind: 'claim', metadata: metadata as Metadata }
}
