import { describe, expect, test } from 'vitest'
import { toWindowId } from '../../src/core/beat.ts'
import { beatFrameType } from '../../src/core/beat-frame.ts'
import { type Beat, beatNow, hearFrame, makeBeatTracker } from '../../src/core/beat-tracker.ts'
import { parseStatusClaim, type StatusClaim } from '../../src/core/status-claim.ts'
import { makeClaimLedger } from '../../src/sim/claim-ledger.ts'
import { type ClaimSourceOptions, makeClaimSource } from '../../src/sim/claim-source.ts'
import type { SimEvent } from '../../src/sim/scenario.ts'
import { toAgentId } from '../../src/sim/swarm.ts'

const beats_per_bar = 12

/** The beat at a time of a pulse of 600 BPM, a beat each 100 ms, that began at 0 with beat 0. */
function makeBeats(): (at_ms: number) => Beat {
  const tracker = makeBeatTracker('test')
  const frame = {
    type: beatFrameType,
    cluster_id: 'test',
    beat_index: 0,
    downbeat: true,
    phase: 'plan',
    hlc: '0000:0000:0000',
    deadline_at: new Date(33).toISOString(),
    tempo_bpm: 600,
    window_id: toWindowId('test', 0),
  } as const
  const note = { epoch: 1, leader: 'a', beats_per_bar, late_ms: 0 }
  hearFrame(tracker, frame, note, { monotonic_ms: 0, wall_ms: 0 })
  return (at_ms) => beatNow(tracker, { monotonic_ms: at_ms, wall_ms: at_ms }) as Beat
}

type Made = { at_ms: number; event: SimEvent; claim: StatusClaim }

/** What a swarm claims in its first bars, asked each `step_ms`. */
function claim(
  bars: number,
  options: Partial<ClaimSourceOptions> & { agents?: number } = {},
  step_ms = 20,
): Made[] {
  const { agents = 200, ...rest } = options
  const ids = Array.from({ length: agents }, (_, i) => toAgentId(i))
  const source = makeClaimSource({
    ids,
    seed: 7,
    per_bar: 1,
    wrongs: false,
    ledger: makeClaimLedger(agents),
    hlc: () => '0001:0002:0003',
    ...rest,
  })
  const beatAt = makeBeats()
  const made: Made[] = []
  for (let at_ms = 0; at_ms < bars * beats_per_bar * 100; at_ms += step_ms) {
    for (const event of source.due(beatAt(at_ms), at_ms))
      made.push({ at_ms, event, claim: JSON.parse(event.body) })
  }
  return made
}

const barOfClaim = ({ claim: { beat_index } }: Made): number => Math.floor(beat_index / beats_per_bar)
const good = ({ event }: Made): boolean => !event.wrong

describe('claims of simulated agents', () => {
  test('each is valid, and for the beat in which it is made, or a bar late', () => {
    for (const made of claim(4)) {
      expect(parseStatusClaim(made.claim).ok).toBe(true)
      const present = Math.floor(made.at_ms / 100)
      expect([present, present - beats_per_bar]).toContain(made.claim.beat_index)
    }
  })

  test('every agent but the late and the silent claims in each bar, and those are few', () => {
    const made = claim(4).filter((each) => barOfClaim(each) === 1)
    const agents = new Set(made.map(({ event }) => event.agent))
    expect(agents.size).toBeGreaterThanOrEqual(196)
    expect(agents.size).toBeLessThanOrEqual(200)
  })

  test('are spread over the bar, and the late ones come early in the next', () => {
    const made = claim(4).filter(({ at_ms }) => at_ms >= 1_200 && at_ms < 2_400)
    for (let part = 0; part < 8; part++) {
      const share =
        made.filter(({ at_ms }) => Math.floor((at_ms - 1_200) / 150) === part).length / made.length
      expect(share).toBeLessThan(0.25)
    }
    const late = made.filter((each) => barOfClaim(each) === 0)
    expect(late.length).toBeGreaterThan(0)
    for (const { at_ms } of late) expect(at_ms).toBeLessThan(1_500)
  })

  test('there are blocked, failing, helping and completing agents, and promises are kept in their bar, most of them', () => {
    const made = claim(6)
    const states = new Set(made.map(({ claim: { state } }) => state))
    for (const state of ['blocked', 'failed', 'helping', 'completed', 'reviewing', 'executing'])
      expect(states).toContain(state)
    const helping = made.filter(({ claim: { state } }) => state === 'helping')
    const kept = helping.filter((help) =>
      made.some((each) => {
        const same = each.claim.task_id === help.claim.task_id && barOfClaim(each) === barOfClaim(help)
        return same && each.claim.state === 'completed' && each.at_ms > help.at_ms
      }),
    )
    expect(kept.length).toBeGreaterThan(helping.length / 3)
    expect(kept.length).toBeLessThan(helping.length)
  })

  test('the same seed claims the same, another one does not', () => {
    const text = (seed: number) => claim(2, { seed }).map(({ event }) => event.body)
    expect(text(1)).toEqual(text(1))
    expect(text(1)).not.toEqual(text(2))
  })

  test('so many per bar as are wanted', () => {
    const made = claim(3, { per_bar: 5, agents: 50 }).filter((each) => barOfClaim(each) === 1)
    const perAgent = Map.groupBy(made, ({ event }) => event.agent)
    const counts = [...perAgent.values()].map((own) => own.length)
    expect(counts.filter((count) => count === 5).length).toBeGreaterThan(40)
  })

  test('a swarm that was asked late catches up within the bar, and owes nothing for a bar that it missed', () => {
    const hasty = claim(4, {}, 1_000)
    for (const {
      claim: { beat_index },
      at_ms,
    } of hasty) {
      expect([Math.floor(at_ms / 100), Math.floor(at_ms / 100) - beats_per_bar]).toContain(beat_index)
    }
  })

  test('in chaos some are wrong, each in one way, under no number', () => {
    const made = claim(6, { wrongs: true })
    const wrong = made.filter((each) => !good(each))
    expect(wrong.length).toBeGreaterThan(10)
    expect(new Set(wrong.map(({ event }) => event.wrong?.name)).size).toBeGreaterThan(5)
    for (const { event, claim: body } of wrong) {
      expect(event.agent_seq).toBe(0)
      // One names a beat that only the door can judge.
      if (event.wrong?.name !== 'claim for a beat to come') expect(parseStatusClaim(body).ok).toBe(false)
    }
    expect(new Set(made.filter(good).map(({ event }) => event.agent_seq)).size).toBe(made.filter(good).length)
  })
})
