// The agents' SDK: hear the beat, claim a status, keep within a budget of beats (docs/sdk.md).

import { setTimeout as sleep } from 'node:timers/promises'
import type { BarBounds } from '../core/beat.ts'
import type { Beat } from '../core/beat-tracker.ts'
import { readId } from '../core/claim-fields.ts'
import { BeaconError } from '../core/errors.ts'
import { backbeatSubjects } from '../core/pulse-document.ts'
import { parseStatusClaim, type StatusClaim, statusClaimType } from '../core/status-claim.ts'
import { toAgentToken } from '../core/subjects.ts'
import { type BeatBudgets, makeBeatBudgets } from './beat-budget.ts'
import { openBeatCaller, type SwarmBeat } from './beat-caller.ts'
import { openClaimOutbox } from './claim-outbox.ts'
import { connectBroker } from './connect.ts'
import { makeListeners } from './listeners.ts'
import { makeSwarmClock } from './swarm-clock.ts'

export type BackbeatOptions = {
  /** `nats://user:password@host:port`, several as a list or separated by commas: credentials/agent.url of the daemon's home. */
  servers: string | string[]
  /** `^[A-Za-z0-9_:-]+$`, 1–128. */
  agent_id: string
  cluster?: string
  /** Milliseconds for the first connection, and for the first word on the beat. */
  timeout_ms?: number
  /** How long a claim is tried before it is given up, in milliseconds. */
  patience_ms?: number
  /** Claims that may wait while the broker is away. */
  waiting_max?: number
  /** What a handler throws. Default: a warning of the process. */
  onHandlerError?(error: unknown): void
}

/** What an agent says; type, agent, beat and clock are filled in. */
export type ClaimFields = Pick<StatusClaim, 'state'> &
  Partial<Omit<StatusClaim, 'type' | 'agent_id' | 'beat_index' | 'hlc' | 'state'>>

/** A claim that is stored. */
export type StoredClaim = {
  claim: StatusClaim
  window_id: string
  /** In the stream that takes claims; a gateway admits it from there. */
  seq: number
}

export type BackbeatHealth = {
  connected: boolean
  /** No frame came for two beats, or never one: beats are counted locally, if at all. */
  degraded: boolean
  /** Null before the first frame. */
  last_frame_age_ms: number | null
  drift_ms: number
  claims: { acknowledged: number; failed: number; waiting: number }
}

export type Backbeat = {
  /** Calls `handler` once for each beat, in order, also while no frames come. Returns what ends it. */
  onBeat(handler: (beat: SwarmBeat) => unknown): () => void
  /** As `onBeat`, for the first beat of each bar. */
  onDownbeat(handler: (beat: SwarmBeat) => unknown): () => void
  /**
   * Resolves when the claim is stored. Throws BeaconError: a `claim_…` code when a field is wrong, beat_unknown, overloaded
   * when too many wait, not_allowed, and after `patience_ms` outcome_unknown or daemon_unreachable.
   */
  emitStatusClaim(fields: ClaimFields): Promise<StoredClaim>
  /**
   * Gives `work` so many beats by the swarm's clock; then its signal aborts, and this resolves. Throws usage, and
   * beat_unknown before anything was heard; what `work` throws is an outcome.
   */
  withBeatBudget: BeatBudgets['run']
  /** The beat at this moment; undefined before anything was heard, as all of these. */
  currentBeat(): Beat | undefined
  currentWindow(): (BarBounds & { window_id: string }) | undefined
  /** Beats per minute. */
  currentTempo(): number | undefined
  /** How far the local count was behind the leader's when it was heard again, in milliseconds; negative: ahead. */
  tempoDrift(): number
  health(): BackbeatHealth
  /** Ends subscriptions, timers, budgets and the connection. Claims that wait are rejected. */
  close(): Promise<void>
}

const defaults = { cluster: 'beacon', timeout_ms: 2_000, patience_ms: 30_000, waiting_max: 256 }

const firstLook_ms = 10

/** Throws daemon_unreachable when no broker answers, and claim_agent_id when the id cannot be claimed for. */
export async function connectBackbeat(options: BackbeatOptions): Promise<Backbeat> {
  const { agent_id, servers } = options
  const { cluster, timeout_ms, patience_ms, waiting_max } = { ...defaults, ...options }
  const id = readId(agent_id)
  if (!id.ok) throw new BeaconError('claim_agent_id', `agent_id ${id.error}`)
  const subjects = backbeatSubjects(cluster)
  const nc = await connectBroker({
    url: Array.isArray(servers) ? servers.join(',') : servers,
    name: `backbeat ${agent_id}`,
    timeout_ms,
  }).catch((cause: unknown) => {
    throw new BeaconError('daemon_unreachable', `NATS: ${(cause as Error).message}`, { cause })
  })

  const onError = options.onHandlerError ?? warn
  const beats = makeListeners<SwarmBeat>(onError)
  const downbeats = makeListeners<SwarmBeat>(onError)
  const outbox = openClaimOutbox(nc, { patience_ms, waiting_max })
  const clock = makeSwarmClock(agent_id)
  const caller = openBeatCaller(nc, {
    cluster_id: cluster,
    onFrame: (frame) => clock.hear(frame.hlc),
    onBeat(beat) {
      budgets.review()
      beats.tell(beat)
      if (beat.downbeat) downbeats.tell(beat)
    },
  })
  const budgets = makeBeatBudgets(caller.now)
  // From here on no frame is missed; and where there is a pulse, the first claim knows its beat.
  await nc.flush()
  for (const until = performance.now() + timeout_ms; !caller.now() && performance.now() < until; ) {
    await sleep(firstLook_ms)
  }

  return {
    onBeat: beats.add,
    onDownbeat: downbeats.add,
    async emitStatusClaim(fields) {
      const beat = caller.now()
      if (!beat) throw new BeaconError('beat_unknown', `no frame of ${cluster} has come`)
      const parsed = parseStatusClaim({
        ...fields,
        type: statusClaimType,
        agent_id,
        beat_index: beat.beat_index,
        hlc: clock.next(),
      })
      if (!parsed.ok) throw new BeaconError(parsed.error.code, parsed.error.message)
      const claim = parsed.value
      const seq = await outbox.send(`${subjects.claim}.${toAgentToken(agent_id)}`, JSON.stringify(claim))
      return { claim, window_id: beat.window_id, seq }
    },
    withBeatBudget: budgets.run,
    currentBeat: caller.now,
    currentWindow() {
      const beat = caller.now()
      return beat && { window_id: beat.window_id, from_beat: beat.from_beat, to_beat: beat.to_beat }
    },
    currentTempo: () => caller.now()?.tempo_bpm,
    tempoDrift: () => caller.facts().drift_ms,
    health() {
      const heard_ms = caller.heardAt_ms()
      const { degraded, drift_ms } = caller.facts()
      return {
        connected: outbox.connected,
        degraded,
        last_frame_age_ms: heard_ms === undefined ? null : performance.now() - heard_ms,
        drift_ms,
        claims: outbox.counts,
      }
    },
    async close() {
      beats.clear()
      downbeats.clear()
      caller.close()
      budgets.close()
      outbox.close()
      await nc.close()
    },
  }
}

const warn = (error: unknown): void =>
  process.emitWarning(error instanceof Error ? error : String(error), 'BackbeatHandlerWarning')
