// The agents' SDK against a real nats-server, with a leader in the test's hand.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Backbeat, type BackbeatOptions, connectBackbeat } from '../../src/client/backbeat.ts'
import type { SwarmBeat } from '../../src/client/beat-caller.ts'
import { connectBroker } from '../../src/client/connect.ts'
import { parseHlcWire } from '../../src/core/hlc-wire.ts'
import { parseStatusClaim, type StatusClaim } from '../../src/core/status-claim.ts'
import { startNats, type TestNats } from '../kit/nats.ts'
import { eventually } from '../kit/supervised-home.ts'
import { type FakePulse, makeFakePulse } from './fake-pulse.ts'

const cluster = 'test'
let nats: TestNats
let nc: NatsConnection
let pulse: FakePulse
const agents: Backbeat[] = []

beforeEach(async () => {
  nats = await startNats({ sync: '100ms' })
  nc = await connectBroker({ url: nats.url, name: 'test' })
  pulse = makeFakePulse(nc, cluster)
  const jsm = await jetstreamManager(nc)
  await jsm.streams.add({ name: 'CLAIMS', subjects: ['backbeat.*.claim.*'] })
})

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.close()))
  await nc.close()
  await nats.stop()
})

async function connect(options: Partial<BackbeatOptions> = {}): Promise<Backbeat> {
  const agent = await connectBackbeat({
    servers: nats.url,
    cluster,
    agent_id: 'agent-1',
    timeout_ms: 300,
    ...options,
  })
  agents.push(agent)
  return agent
}

/** Every claim in the stream, in order. */
async function claims(): Promise<StatusClaim[]> {
  const jsm = await jetstreamManager(nc)
  const { state } = await jsm.streams.info('CLAIMS')
  const stored: StatusClaim[] = []
  for (let seq = 1; seq <= state.last_seq; seq++) {
    stored.push((await jsm.streams.getMessage('CLAIMS', { seq }))?.json<StatusClaim>() as StatusClaim)
  }
  return stored
}

const known = (agent: Backbeat): Promise<number> =>
  eventually('the beat', () => agent.currentBeat()?.beat_index)

/** Slow enough that nothing but a frame makes a beat in a test. */
const slow_bpm = 6
const quick_bpm = 1_000

describe('beats', () => {
  test('each frame is one beat, and the first of a bar is a downbeat', async () => {
    const agent = await connect()
    const [beats, downbeats]: [number[], number[]] = [[], []]
    agent.onBeat(({ beat_index }) => beats.push(beat_index))
    agent.onDownbeat(({ beat_index }) => downbeats.push(beat_index))
    for (const index of [3, 4, 5, 5, 4, 6, 7, 8]) await pulse.beat(index, slow_bpm)
    await eventually('the last beat', () => beats.includes(8))
    expect(beats).toEqual([3, 4, 5, 6, 7, 8])
    expect(downbeats).toEqual([4, 8])
  })

  test('a handler is told deadlines, window and tempo, and what is current says the same', async () => {
    const agent = await connect()
    expect([agent.currentBeat(), agent.currentWindow(), agent.currentTempo()]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    const told: SwarmBeat[] = []
    agent.onBeat((beat) => told.push(beat))
    await pulse.beat(5, slow_bpm)
    const beat = await eventually('a beat', () => told[0])
    expect(beat).toMatchObject({
      beat_index: 5,
      from_beat: 4,
      to_beat: 7,
      downbeat: false,
      tempo_bpm: slow_bpm,
      degraded: false,
    })
    const { plan, execute, review } = beat.deadlines_ms
    const third = 60_000 / slow_bpm / 3
    expect([plan, execute, review].map((at) => Math.round(at - beat.starts_ms))).toEqual(
      [1, 2, 3].map((n) => Math.round(n * third)),
    )
    expect(agent.currentWindow()).toEqual({ window_id: beat.window_id, from_beat: 4, to_beat: 7 })
    expect(agent.currentTempo()).toBe(slow_bpm)
    expect(agent.currentBeat()?.phase).toBe('plan')
  })

  test('a handler that throws or rejects harms nobody, and is reported', async () => {
    const errors: unknown[] = []
    const agent = await connect({ onHandlerError: (error) => errors.push(error) })
    const heard: number[] = []
    agent.onBeat(() => {
      throw new Error('thrown')
    })
    agent.onBeat(() => Promise.reject(new Error('rejected')))
    agent.onBeat(({ beat_index }) => heard.push(beat_index))
    await pulse.beat(1, slow_bpm)
    await pulse.beat(2, slow_bpm)
    await eventually('two beats', () => heard.length === 2)
    expect(errors.map((error) => (error as Error).message).sort()).toEqual([
      'rejected',
      'rejected',
      'thrown',
      'thrown',
    ])
  })

  test('a handler that was taken away hears nothing more, and only that one', async () => {
    const agent = await connect()
    const heard: string[] = []
    const handler = (name: string) => () => heard.push(name)
    const off = agent.onBeat(handler('a'))
    agent.onBeat(handler('b'))
    await pulse.beat(1, slow_bpm)
    await eventually('a beat', () => heard.length === 2)
    off()
    off()
    await pulse.beat(2, slow_bpm)
    await eventually('a beat', () => heard.length === 3)
    expect(heard).toEqual(['a', 'b', 'b'])
  })

  test('without a leader beats go on locally, degraded, and the next frames lead on without a gap or a step back', async () => {
    const agent = await connect()
    const told: SwarmBeat[] = []
    agent.onBeat((beat) => told.push(beat))
    await pulse.beat(10, quick_bpm)
    await eventually('local beats', () => told.some(({ beat_index }) => beat_index >= 14))
    expect(told.filter(({ degraded }) => degraded).length).toBeGreaterThanOrEqual(4)
    expect(agent.health().degraded).toBe(true)
    // A new leader, further on, and slower from then on.
    await pulse.beat(200, slow_bpm, {}, { epoch: 2, leader: 'b' })
    await eventually('the leader', () => told.some(({ beat_index }) => beat_index === 200))
    expect(agent.health().degraded).toBe(false)
    const local = told.filter(({ beat_index }) => beat_index < 200).map(({ beat_index }) => beat_index)
    expect(local).toEqual(Array.from(local, (_, i) => 10 + i))
    expect(told.at(-1)).toMatchObject({ beat_index: 200, degraded: false })
    expect(agent.tempoDrift()).toBeGreaterThan(0)
    expect(agent.health().drift_ms).toBe(agent.tempoDrift())
  })

  test('what the pulse says of itself is enough to claim, and to count on from', async () => {
    await pulse.answerStatus(20, 100)
    const agent = await connect()
    expect(agent.currentBeat()).toMatchObject({ beat_index: 20, degraded: false })
    expect(await agent.emitStatusClaim({ state: 'idle' })).toMatchObject({ claim: { beat_index: 20 } })
    const told: SwarmBeat[] = []
    agent.onBeat((beat) => told.push(beat))
    await eventually('local beats', () => told.length >= 2)
    expect(told.every(({ degraded }) => degraded)).toBe(true)
    expect(agent.health().last_frame_age_ms).toBe(null)
  })

  test('a leader that is behind the local count is waited for', async () => {
    const agent = await connect()
    const told: number[] = []
    agent.onBeat(({ beat_index }) => told.push(beat_index))
    await pulse.beat(10, quick_bpm)
    await eventually('local beats', () => told.includes(14))
    const last = told.at(-1) as number
    for (const index of [12, 13]) await pulse.beat(index, slow_bpm, {}, { epoch: 2, leader: 'b' })
    await pulse.beat(last + 3, slow_bpm, {}, { epoch: 2, leader: 'b' })
    await eventually('the leader', () => told.includes(last + 3))
    expect(told).toEqual([...new Set(told)].sort((a, b) => a - b))
  })
})

describe('claims', () => {
  test('a claim resolves when it is stored, with beat and clock filled in', async () => {
    const agent = await connect()
    await pulse.beat(6, slow_bpm)
    await known(agent)
    const said = { state: 'executing', task_id: 't-1', progress: 0.5, beats_left: 3, notes: 'on it' } as const
    const stored = await agent.emitStatusClaim({
      ...said,
      resources: { cpu_percent: 12 },
      dependencies: ['t-0'],
    })
    expect(await claims()).toEqual([stored.claim])
    expect(stored).toMatchObject({ seq: 1, window_id: agent.currentWindow()?.window_id })
    expect(stored.claim).toMatchObject({ ...said, agent_id: 'agent-1', beat_index: 6 })
    expect(parseStatusClaim(stored.claim)).toEqual({ ok: true, value: stored.claim })
    expect(agent.health().claims).toEqual({ acknowledged: 1, failed: 0, waiting: 0 })
  })

  test('claims are stored in the order in which they were made, each with a later clock', async () => {
    const agent = await connect()
    await pulse.beat(6, slow_bpm)
    await known(agent)
    const made = Array.from({ length: 50 }, (_, n) =>
      agent.emitStatusClaim({ state: 'idle', task_id: `t-${n}` }),
    )
    const seqs = (await Promise.all(made)).map(({ seq }) => seq)
    expect(seqs).toEqual(Array.from({ length: 50 }, (_, n) => n + 1))
    const clocks = (await claims()).map(({ hlc }) => hlc)
    expect(new Set(clocks).size).toBe(50)
    expect(clocks.map((hlc) => parseHlcWire(hlc)?.node)).toEqual(
      clocks.map(() => parseHlcWire(clocks[0] as string)?.node),
    )
  })

  test('an invalid claim is refused here, with the code of its rule, and never sent', async () => {
    const agent = await connect()
    await pulse.beat(6, slow_bpm)
    await known(agent)
    const wrong = (fields: object) => agent.emitStatusClaim(fields as { state: 'idle' })
    await expect(wrong({ state: 'dreaming' })).rejects.toMatchObject({
      name: 'BeaconError',
      code: 'claim_state',
    })
    await expect(wrong({ state: 'idle', progress: 2 })).rejects.toMatchObject({ code: 'claim_progress' })
    await expect(wrong({ state: 'idle', mood: 1 })).rejects.toMatchObject({ code: 'claim_unknown_field' })
    expect(await claims()).toEqual([])
    expect(agent.health().claims.failed).toBe(0)
  })

  test('an agent id that no claim may name is refused at once', async () => {
    await expect(connect({ agent_id: 'no blanks' })).rejects.toMatchObject({ code: 'claim_agent_id' })
  })

  test('before any beat is known a claim is refused', async () => {
    const agent = await connect()
    await expect(agent.emitStatusClaim({ state: 'idle' })).rejects.toMatchObject({ code: 'beat_unknown' })
  })

  test('while the broker is away claims wait, and are stored when it is back', async () => {
    const dir = nats.dir
    const port = Number(new URL(nats.url).port)
    const agent = await connect()
    await pulse.beat(6, slow_bpm)
    await known(agent)
    nats.child.kill('SIGKILL')
    await once(nats.child, 'exit')
    await eventually('the loss', () => !agent.health().connected)
    const made = [1, 2, 3].map((n) => agent.emitStatusClaim({ state: 'idle', task_id: `t-${n}` }))
    expect(agent.health().claims.waiting).toBe(3)
    nats = await startNats({ dir, port, sync: '100ms' })
    await Promise.all(made)
    expect((await eventually('the stream', claims)).map(({ task_id }) => task_id)).toEqual([
      't-1',
      't-2',
      't-3',
    ])
    expect(agent.health().connected).toBe(true)
  })

  test('no more claims wait than may, and none for longer than its patience', async () => {
    const agent = await connect({ waiting_max: 2, patience_ms: 200 })
    await pulse.beat(6, slow_bpm)
    await known(agent)
    nats.child.kill('SIGKILL')
    await once(nats.child, 'exit')
    await eventually('the loss', () => !agent.health().connected)
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => agent.emitStatusClaim({ state: 'idle' })))
    expect(outcomes.map((each) => each.status === 'rejected' && each.reason.code)).toEqual([
      'daemon_unreachable',
      'daemon_unreachable',
      'overloaded',
    ])
    expect(agent.health().claims).toEqual({ acknowledged: 0, failed: 2, waiting: 0 })
  })

  test('a claim that finds no stream is tried until there is one', async () => {
    const jsm = await jetstreamManager(nc)
    await jsm.streams.delete('CLAIMS')
    const agent = await connect()
    await pulse.beat(6, slow_bpm)
    await known(agent)
    const claim = agent.emitStatusClaim({ state: 'idle' })
    await sleep(100)
    await jsm.streams.add({ name: 'CLAIMS', subjects: ['backbeat.*.claim.*'] })
    expect(await claim).toMatchObject({ seq: 1 })
  })

  test('where no stream takes claims, that is said', async () => {
    const jsm = await jetstreamManager(nc)
    await jsm.streams.delete('CLAIMS')
    const agent = await connect({ patience_ms: 100 })
    await pulse.beat(6, slow_bpm)
    await known(agent)
    await expect(agent.emitStatusClaim({ state: 'idle' })).rejects.toMatchObject({
      code: 'daemon_unreachable',
    })
  })
})

describe('budgets of beats', () => {
  test('work within its budget is done, and says what it used', async () => {
    const agent = await connect()
    await pulse.beat(6, slow_bpm)
    await known(agent)
    const result = await agent.withBeatBudget(2, async () => 'result')
    expect(result).toMatchObject({ outcome: 'done', value: 'result' })
    expect(result.beats_used).toBeLessThan(1)
  })

  test('work that fails says so, whether it throws or rejects', async () => {
    const agent = await connect()
    await pulse.beat(6, slow_bpm)
    await known(agent)
    const error = new Error('no')
    const thrown = await agent.withBeatBudget(2, () => {
      throw error
    })
    expect(thrown).toMatchObject({ outcome: 'failed', error })
    expect(await agent.withBeatBudget(2, () => Promise.reject(error))).toMatchObject({
      outcome: 'failed',
      error,
    })
  })

  test('after its beats the signal aborts, and work that does not listen is not waited for', async () => {
    const agent = await connect()
    await pulse.beat(6, quick_bpm)
    await known(agent)
    const signals: AbortSignal[] = []
    const result = await agent.withBeatBudget(3, (signal) => {
      signals.push(signal)
      return new Promise(() => {})
    })
    expect(result).toEqual({ outcome: 'over', beats_used: 3 })
    expect(signals[0]?.aborted).toBe(true)
    expect(agent.currentBeat()?.beat_index ?? 0).toBeGreaterThanOrEqual(9)
  })

  test('a change of tempo moves the end', async () => {
    const agent = await connect()
    await pulse.beat(6, slow_bpm)
    await known(agent)
    const over = agent.withBeatBudget(3, () => new Promise(() => {}))
    // At 6 BPM it would take half a minute, the limit of this test.
    await pulse.beat(7, quick_bpm)
    expect(await over).toEqual({ outcome: 'over', beats_used: 3 })
  })

  test('a budget that is none is refused', async () => {
    const agent = await connect()
    await expect(agent.withBeatBudget(1, () => 1)).rejects.toMatchObject({ code: 'beat_unknown' })
    await pulse.beat(6, slow_bpm)
    await known(agent)
    for (const beats of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(agent.withBeatBudget(beats, () => 1)).rejects.toMatchObject({ code: 'usage' })
    }
  })
})

describe('close', () => {
  test('what waits is rejected, budgets end, and handlers hear nothing more', async () => {
    const agent = await connect()
    const heard: number[] = []
    agent.onBeat(({ beat_index }) => heard.push(beat_index))
    await pulse.beat(6, slow_bpm)
    await known(agent)
    const budget = agent.withBeatBudget(5, () => new Promise(() => {}))
    nats.child.kill('SIGKILL')
    await once(nats.child, 'exit')
    await eventually('the loss', () => !agent.health().connected)
    const claim = agent.emitStatusClaim({ state: 'idle' })
    claim.catch(() => undefined)
    await agent.close()
    await expect(claim).rejects.toMatchObject({ code: 'daemon_unreachable' })
    await expect(agent.emitStatusClaim({ state: 'idle' })).rejects.toMatchObject({
      code: 'daemon_unreachable',
    })
    expect(await budget).toMatchObject({ outcome: 'closed' })
    expect(heard).toEqual([6])
  })

  test('no timer and no socket is left: a program that closes ends', async () => {
    const script = fileURLToPath(new URL('./closing-agent.ts', import.meta.url))
    const child = spawn(process.execPath, [script, nats.url, cluster], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = once(child, 'exit')
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    while (!text.includes('connected') && child.exitCode === null) await sleep(5)
    await pulse.beat(6, quick_bpm)
    expect(await ended).toEqual([0, null])
    expect(text).toBe('connected\nclosed over\n')
  })
})
