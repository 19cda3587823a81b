import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type KV, Kvm } from '@nats-io/kv'
import { headers, type NatsConnection } from '@nats-io/nats-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectBroker } from '../../../src/client/connect.ts'
import { changeTempo, fetchPulse } from '../../../src/client/pulse-client.ts'
import { pulseHeader } from '../../../src/core/beat-frame.ts'
import type { StatusRequest } from '../../../src/core/pulse-document.ts'
import type { PulseState } from '../../../src/core/pulse-state.ts'
import { toHome } from '../../../src/daemon/home.ts'
import { leaseBucket } from '../../../src/daemon/pulse/pulse.ts'
import { pulseStateBucket } from '../../../src/daemon/pulse/pulse-store.ts'
import { startNats, type TestNats } from '../../kit/nats.ts'
import { eventually, refusal } from '../../kit/supervised-home.ts'
import { openWriter } from '../archive/kit.ts'
import { makeReport, toStored } from '../archive/make-bars.ts'
import { layCable } from './cable.ts'
import {
  cluster,
  type Ear,
  type HeardFrame,
  listen,
  type PulseOptions,
  type PulseProcess,
  type RunningPulse,
  senderOf,
  startPulse,
  startPulseProcess,
  subjects,
} from './running-pulse.ts'

let nats: TestNats
let nc: NatsConnection
let ear: Ear
let pulses: RunningPulse[]
let processes: PulseProcess[]

beforeEach(async () => {
  nats = await startNats()
  nc = await connectBroker({ url: nats.url, name: 'test' })
  ear = await listen(nc)
  pulses = []
  processes = []
})

afterEach(async () => {
  for (const each of processes) if (each.child.exitCode === null && !each.child.killed) await each.kill()
  for (const each of pulses) await each.stop()
  await nc.close()
  await nats.stop()
})

const start = async ({ nats_url = nats.url, ...options }: PulseOptions & { nats_url?: string } = {}) => {
  const pulse = await startPulse(nats_url, options)
  pulses.push(pulse)
  return pulse
}

const startProcess = async (): Promise<PulseProcess> => {
  const pulse = await startPulseProcess(nats.url)
  processes.push(pulse)
  return pulse
}

/** Stopped for good. */
const stop = async (pulse: RunningPulse): Promise<void> => {
  pulses = pulses.filter((each) => each !== pulse)
  await pulse.stop()
}

/** The frames taken, once there are so many that satisfy. */
const frames = (what: string, wanted: number, fits: (frame: HeardFrame) => boolean = () => true) =>
  eventually(what, () => {
    const found = ear.taken().filter(fits)
    return found.length >= wanted ? found : undefined
  })

const ledBy =
  ({ daemon_id }: { daemon_id: string }) =>
  (frame: HeardFrame): boolean =>
    senderOf(frame) === daemon_id

/** Each index from the first on, once and in order, whoever sent it; and epochs never go back. */
function expectOneCount(): void {
  const taken = ear.taken()
  const first = taken[0]?.frame.beat_index ?? 0
  expect(taken.map(({ frame }) => frame.beat_index)).toEqual(taken.map((_, i) => first + i))
  const epochs = taken.map(({ note }) => note.epoch)
  expect(epochs).toEqual(epochs.toSorted((a, b) => a - b))
}

/** It knows the beat, so that it may take over without a gap. */
const follows = (pulse: RunningPulse): Promise<unknown> =>
  eventually('it to follow', () => typeof pulse.stats().beat_index === 'number' || undefined)

const stateOf = async (): Promise<{ kv: KV; state: PulseState }> => {
  const kv = await new Kvm(nc).open(pulseStateBucket)
  const entry = await kv.get(cluster)
  if (!entry) throw new Error('nothing is kept')
  return { kv, state: entry.json<PulseState>() }
}

/** Takes the lease from whoever has it, and keeps it. */
async function holdLease(): Promise<{ release(): void }> {
  const leases = await new Kvm(nc).open(leaseBucket)
  const hold = (): Promise<number> => leases.put(`pulse.${cluster}`, 'a rival')
  await hold()
  const renewing = setInterval(() => void hold(), 200)
  return { release: () => clearInterval(renewing) }
}

test('of two pulses one leads, and counts from 0 with each bar begun by a downbeat', async () => {
  const config = { beats_per_bar: 8 }
  await Promise.all([start({ config }), start({ config })])
  const taken = await frames('two bars', 17)
  expect(taken[0]?.frame).toMatchObject({
    type: 'backbeat.beatframe.v1',
    cluster_id: cluster,
    beat_index: 0,
    downbeat: true,
    phase: 'plan',
    tempo_bpm: 600,
  })
  for (const { frame } of taken) expect(frame.downbeat).toBe(frame.beat_index % 8 === 0)
  expect(taken[8]?.note.bar).toMatchObject({ from_beat: 0, beats: 8, leader_changes: 0 })
  expect(new Set(ear.all.map(senderOf)).size).toBe(1)
  expect(ear.all.every((each) => each.taken)).toBe(true)
  expectOneCount()
})

test('a leader that is stopped hands over, and no beat is missing', async () => {
  const first = await start()
  await frames('the first to lead', 3, ledBy(first))
  const second = await start()
  await follows(second)
  await stop(first)
  const taken = await frames('the second to lead', 10, ledBy(second))
  expectOneCount()
  expect(taken[0]?.note.epoch).toBeGreaterThan(ear.all[0]?.note.epoch ?? 0)
  const sent = ear.all.map(senderOf)
  expect(sent.lastIndexOf(first.daemon_id)).toBeLessThan(sent.indexOf(second.daemon_id))
})

test('a leader that is killed is succeeded when its lease ends, and the missing beats are sent late', async () => {
  const first = await startProcess()
  await frames('the first to lead', 3, ledBy(first))
  const second = await start()
  await follows(second)
  await first.kill()
  const [next] = await frames('the second to lead', 20, ledBy(second))
  expectOneCount()
  expect(next?.note.late_ms).toBeGreaterThan(0)
  await eventually('the takeover in the stats', () => second.stats().takeovers === 1 || undefined)
})

test('a leader that was stopped wakes up as a follower', async () => {
  const first = await startProcess()
  await frames('the first to lead', 3, ledBy(first))
  const second = await start()
  await follows(second)
  first.child.kill('SIGSTOP')
  await frames('the second to lead', 10, ledBy(second))
  const heard = ear.all.length
  first.child.kill('SIGCONT')
  await eventually('the first to say that it follows', () => first.stats().leader === false || undefined)
  await frames('the second to lead on', ear.taken().filter(ledBy(second)).length + 10, ledBy(second))
  expect(new Set(ear.all.slice(heard).map(senderOf))).toEqual(new Set([second.daemon_id]))
  expectOneCount()
})

test('of two leaders by force the fenced one is not heard, and stops', async () => {
  // Its own renewals come so seldom that only what it hears can tell it.
  const first = await start({ lease_ttl_ms: 60_000 })
  await frames('the first to lead', 3, ledBy(first))
  const leases = await new Kvm(nc).open(leaseBucket)
  await leases.delete(`pulse.${cluster}`)
  const second = await start({ lease_ttl_ms: 60_000 })
  await frames('the second to lead', 20, ledBy(second))
  expectOneCount()
  const begins = ear.all.findIndex(ledBy(second))
  const fenced = ear.all.slice(begins).filter(ledBy(first))
  expect(fenced.every(({ taken }) => !taken)).toBe(true)
  await eventually('the first to follow', () => first.stats().leader === false || undefined)
})

test('a leader stops when it hears a higher epoch', async () => {
  const pulse = await start()
  const [, , last] = await frames('the pulse to lead', 3)
  if (!last) throw new Error('no frame')
  const header = headers()
  const epoch = last.note.epoch + 1_000
  header.set(pulseHeader, JSON.stringify({ ...last.note, epoch, leader: 'a/rival/1' }))
  nc.publish(subjects.beat, JSON.stringify(last.frame), { headers: header })
  const [next] = await frames('it to lead anew', 5, ({ note }) => note.epoch > epoch)
  expect(senderOf(next as HeardFrame)).toBe(pulse.daemon_id)
  expectOneCount()
})

test('a leader stops when another one wrote the state, and takes up what stands there', async () => {
  await start()
  await frames('the pulse to lead', 3)
  const { kv, state } = await stateOf()
  const epoch = state.epoch + 1_000
  await kv.put(cluster, JSON.stringify({ ...state, epoch, leader: 'a/rival/1' }))
  await frames('it to lead anew', 5, ({ note }) => note.epoch > epoch)
  expectOneCount()
})

test('a leader whose lease is in other hands stops, and nobody leads until it ends', async () => {
  const pulse = await start()
  await frames('the pulse to lead', 3)
  const rival = await holdLease()
  try {
    await eventually('it to follow', () => pulse.stats().leader === false || undefined)
    const sent = ear.all.length
    const local = await eventually('the local count', async () => {
      const document = await fetchPulse(nc, cluster)
      return document.degraded ? document : undefined
    })
    const last = ear.all.at(-1)?.frame.beat_index ?? 0
    await eventually('the local count to go on', async () => {
      return (await fetchPulse(nc, cluster)).beat_index > local.beat_index || undefined
    })
    expect(local.beat_index).toBeGreaterThan(last)
    expect(ear.all.length).toBe(sent)
  } finally {
    rival.release()
  }
  await frames('it to lead again', 20)
  await eventually('it to lead again', () => ear.taken().length > 30 || undefined)
  expectOneCount()
})

test('the beat goes on after a restart where the count of those that lost it is, with the bar and tempo that it had', async () => {
  const first = await start()
  await frames('a bar', 10)
  await changeTempo(nc, cluster, 660)
  await frames('the new tempo', 2, ({ frame }) => frame.tempo_bpm === 660)
  await stop(first)
  const before = ear.taken().at(-1)
  const second = await start({ config: { tempo_bpm: 60, beats_per_bar: 5 } })
  const taken = await frames('the second to lead', 10, ledBy(second))
  expectOneCount()
  expect(taken.every(({ frame, note }) => frame.tempo_bpm === 660 && note.beats_per_bar === 60)).toBe(true)
  expect(taken[0]?.note.epoch).toBeGreaterThan(before?.note.epoch ?? 0)
  const warning = await eventually('a warning', () =>
    second.warnings.find((line) => line.includes('no effect')),
  )
  expect(JSON.parse(warning)).toMatchObject({ setting: 5, beats_per_bar: 60 })
})

test('a tempo begins with the beat that was named, which nobody has sent before', async () => {
  await start()
  await frames('the pulse to lead', 3)
  const heard = ear.taken().at(-1)?.frame.beat_index ?? 0
  const { tempo_bpm, tempo_next } = await changeTempo(nc, cluster, 540)
  expect({ tempo_bpm, bpm: tempo_next?.bpm }).toEqual({ tempo_bpm: 600, bpm: 540 })
  const at_beat = tempo_next?.at_beat ?? 0
  expect(at_beat).toBeGreaterThan(heard)
  await frames('the new tempo', 3, ({ frame }) => frame.tempo_bpm === 540)
  for (const { frame } of ear.taken()) expect(frame.tempo_bpm).toBe(frame.beat_index < at_beat ? 600 : 540)
  expectOneCount()
  expect(await fetchPulse(nc, cluster)).toMatchObject({
    tempo_bpm: 540,
    tempo_next: null,
    tempo_min_bpm: 486,
  })
})

test.each([0, -1, 1_200, 660.05, 539.9, Number.NaN, '600', null, undefined])(
  'a tempo of %s is refused with what is allowed',
  async (bpm) => {
    await start()
    await frames('the pulse to lead', 1)
    const refused = await refusal(changeTempo(nc, cluster, bpm))
    expect(refused.code).toBe('tempo_refused')
    expect(refused.detail).toContain('from 600 BPM the tempo may go to 540–660')
  },
)

test('where no pulse is, that is the answer', async () => {
  expect(await refusal(fetchPulse(nc, cluster))).toMatchObject({ code: 'pulse_unreachable' })
  expect(await refusal(changeTempo(nc, cluster, 600))).toMatchObject({ code: 'pulse_unreachable' })
})

test('the leader alone answers, and tells of itself', async () => {
  const first = await start()
  await frames('the first to lead', 3, ledBy(first))
  const second = await start()
  await follows(second)
  const answers: string[] = []
  for await (const answer of await nc.requestMany(subjects.status, '', { strategy: 'stall', stall: 300 }))
    answers.push(answer.string())
  expect(answers).toHaveLength(1)
  expect(JSON.parse(answers[0] ?? '')).toMatchObject({
    schema: 'beacon.pulse.v1',
    cluster_id: cluster,
    beats_per_bar: 60,
    tempo_bpm: 600,
    leader: expect.stringContaining(first.daemon_id),
    degraded: false,
    jitter_ms: { p95: expect.any(Number) },
  })
})

test('with the leader gone, those that follow tell the beat before they miss it', async () => {
  // Two beats are twenty seconds.
  const first = await start({ config: { tempo_bpm: 6 } })
  await frames('the first to lead', 1, ledBy(first))
  const rival = await holdLease()
  try {
    await eventually('it to follow', () => first.stats().leader === false || undefined)
    expect(await fetchPulse(nc, cluster)).toMatchObject({
      beat_index: 0,
      tempo_bpm: 6,
      leader: expect.stringContaining(first.daemon_id),
      degraded: false,
      jitter_ms: null,
    })
  } finally {
    rival.release()
  }
})

test('a new node that leads goes on by what others know, whatever the wall clock of the leader before was', async () => {
  const first = await start()
  await frames('the first to lead', 3)
  const document = await fetchPulse(nc, cluster)
  await stop(first)
  const last = ear.taken().at(-1)?.frame.beat_index ?? 0
  const { kv, state } = await stateOf()
  // By that clock there would be 600 beats more.
  const schedule = { ...state.schedule, at_ms: state.schedule.at_ms - 60_000 }
  await kv.put(cluster, JSON.stringify({ ...state, schedule }))
  nc.subscribe(subjects.status, {
    callback(_, message) {
      if (message.json<StatusRequest>().anyone) message.respond(JSON.stringify(document))
    },
  })
  await nc.flush()
  const second = await start()
  const [next] = await frames('the second to lead', 3, ledBy(second))
  expect(next?.frame.beat_index).toBeGreaterThan(last)
  expect(next?.frame.beat_index).toBeLessThan(last + 100)
})

test('what is lost with the connection is sent when it is back, in order', async () => {
  const cable = await layCable(nats.url)
  const pulse = await start({ nats_url: cable.url, lease_ttl_ms: 10_000 })
  try {
    await frames('the pulse to lead', 3)
    cable.cut()
    const at = ear.taken().length
    // Some beats are due meanwhile.
    await sleep(350)
    cable.mend()
    await frames('the beat to go on', at + 20)
    expectOneCount()
  } finally {
    cable.close()
    await stop(pulse)
  }
})

test('two clusters on one NATS know nothing of each other', async () => {
  const other = await start({ config: { cluster: 'other' } })
  await start()
  await frames('the pulse to lead', 5)
  await eventually('the other to lead', () => other.stats().leader || undefined)
  expect(new Set(ear.all.map(({ frame }) => frame.cluster_id))).toEqual(new Set([cluster]))
  expect((await fetchPulse(nc, 'other')).leader).toContain(other.daemon_id)
})

test('when the broker comes back the beat goes on, and no index is given twice', async () => {
  await nats.stop()
  const dir = mkdtempSync(join(tmpdir(), 'beacon-pulse-nats-'))
  nats = await startNats({ dir })
  const port = Number(new URL(nats.url).port)
  await nc.close()
  nc = await connectBroker({ url: nats.url, name: 'test' })
  ear = await listen(nc)
  const pulse = await start()
  await frames('the pulse to lead', 5)
  nats.child.kill('SIGKILL')
  await new Promise((resolve) => nats.child.once('exit', resolve))
  nats = await startNats({ dir, port })
  const before = ear.taken().at(-1)?.frame.beat_index ?? 0
  await frames('the beat to go on', 5, ({ frame }) => frame.beat_index > before + 3)
  const indexes = ear.taken().map(({ frame }) => frame.beat_index)
  // An ear that comes back later than the pulse does not hear each of them.
  expect(indexes).toEqual([...new Set(indexes)].toSorted((a, b) => a - b))
  expect(pulse.stats().takeovers).toBeGreaterThan(0)
  await stop(pulse)
  rmSync(dir, { recursive: true, force: true })
})

test('a stop does not wait for a broker that is away', async () => {
  const pulse = await start()
  await frames('the pulse to lead', 3)
  nats.child.kill('SIGKILL')
  await new Promise((resolve) => nats.child.once('exit', resolve))
  await stop(pulse)
})

test('with a new store the count goes on beyond every bar that was reported', async () => {
  const home = toHome(mkdtempSync(join(tmpdir(), 'beacon-pulse-home-')))
  const writer = await openWriter(home.archive)
  const report = makeReport(4_000, { issued_at_ms: Date.now() - 10_000 })
  await writer.append([], [], [toStored(1, { ...report, cluster_id: cluster, tempo_bpm: 660 })])
  await writer.close()
  await start({ home })
  const [first] = await frames('the pulse to lead', 3)
  expect(first?.frame.beat_index).toBeGreaterThan(report.to_beat + 100)
  expect(first?.frame.beat_index).toBeLessThan(report.to_beat + 1_000)
  expect(first?.frame.tempo_bpm).toBe(660)
  expect(first?.note.beats_per_bar).toBe(report.to_beat - report.from_beat + 1)
  rmSync(home.root, { recursive: true, force: true })
})

test('the services API tells who measures, and the metrics by their names', async () => {
  const pulse = await start()
  await frames('the pulse to lead', 5)
  const stats = await nc.request('$SRV.STATS.beacon-pulse', '')
  const { endpoints } = stats.json<{ endpoints: { data: { daemon_id: string; metrics: Metric[] } }[] }>()
  const { daemon_id, metrics } = endpoints[0]?.data ?? { daemon_id: '', metrics: [] }
  expect(daemon_id).toBe(pulse.daemon_id)
  const latest = (name: string) => metrics.find((each) => each.name === name)?.values.at(-1)?.value
  expect(latest('backbeat_beats_total')).toBeGreaterThanOrEqual(5)
  expect(latest('backbeat_pulse_jitter_seconds')).toBeGreaterThanOrEqual(5)
  expect(latest('backbeat_is_leader')).toBe(1)
  expect(latest('backbeat_current_tempo_bpm')).toBe(600)
})

type Metric = { name: string; values: { value: number }[] }
