import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldClaim, makeBars, toBarReport } from '../../src/core/bars.ts'
import { makeBeatFrame } from '../../src/core/beat-frame.ts'
import { claimStateAliases, claimStates, parseStatusClaim } from '../../src/core/status-claim.ts'
import { claimHistories } from './claim-histories.ts'

const validatorOf = (name: string) => {
  const file = new URL(`../../docs/schema/${name}.v1.json`, import.meta.url)
  return new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(readFileSync(file, 'utf8')))
}
const isClaim = validatorOf('statusclaim')
const isFrame = validatorOf('beatframe')
const isReport = validatorOf('barreport')

/** Fails with what the schema finds. */
function expectValid(validate: typeof isClaim, value: unknown): void {
  validate(value)
  expect(validate.errors ?? []).toEqual([])
}

const id = fc.stringMatching(/^[A-Za-z0-9_:-]{1,128}$/)
const amount = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })
const goodClaims = fc.record(
  {
    type: fc.constant('backbeat.statusclaim.v1'),
    agent_id: id,
    beat_index: fc.maxSafeNat(),
    state: fc.constantFrom(...claimStates, ...Object.keys(claimStateAliases)),
    hlc: fc.stringMatching(/^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}$/),
    task_id: fc.option(id),
    beats_left: fc.option(fc.integer({ min: 0, max: 1_000 })),
    progress: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    notes: fc.option(fc.string({ unit: 'binary', maxLength: 256 })),
    resources: fc.option(
      fc.record(
        { cpu_percent: amount, memory_mb: fc.option(amount), disk_io_ops: amount, network_kb: amount },
        { requiredKeys: [] },
      ),
    ),
    dependencies: fc.option(fc.array(id, { maxLength: 100 })),
    metadata: fc.option(fc.dictionary(fc.string(), fc.jsonValue())),
  },
  { requiredKeys: ['type', 'agent_id', 'beat_index', 'state', 'hlc'] },
)

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, '', 'x', -1, 0, 0.5, 1, 1.5, 1_000, 1_001, 2 ** 53, 1e300, [], {}),
  fc.constantFrom<unknown>(
    'a b',
    'a\n',
    'a'.repeat(128),
    'a'.repeat(129),
    'Idle',
    'constructor',
    '__proto__',
  ),
  fc.constantFrom<unknown>(
    '7ffd:0001:beef',
    '7ffd:0001:beef\n',
    '7ffd:0001',
    '🥁'.repeat(256),
    '🥁'.repeat(257),
  ),
  fc.constantFrom<unknown>(['a'], ['a', ''], [7], Array(100).fill('a'), Array(101).fill('a')),
  fc.constantFrom<unknown>({ cpu_percent: 1 }, { cpu_percent: -1 }, { cpu_percent: '1' }, { gpu: 1 }, [null]),
  fc.jsonValue(),
)
const field = fc.constantFrom(
  ...['type', 'agent_id', 'beat_index', 'state', 'hlc', 'task_id', 'beats_left', 'progress', 'notes'],
  ...['resources', 'dependencies', 'metadata', 'window_id', 'constructor', '__proto__'],
)
/** Fields of a good claim that are set to something else, or taken out. */
const mutations = fc.array(fc.tuple(field, fc.option(odd, { nil: undefined })), {
  minLength: 1,
  maxLength: 2,
})

test('the doors and the schema take the same claims', () => {
  fc.assert(
    fc.property(goodClaims, (claim) => {
      expectValid(isClaim, claim)
      expect(parseStatusClaim(claim)).toMatchObject({ ok: true })
    }),
  )
})

test('the doors and the schema refuse the same claims', () => {
  const verdicts = new Set<boolean>()
  fc.assert(
    fc.property(goodClaims, mutations, (good, changes) => {
      const claim = JSON.parse(JSON.stringify(good))
      for (const [name, value] of changes)
        if (value === undefined) delete claim[name]
        else
          Object.defineProperty(claim, name, { value, enumerable: true, configurable: true, writable: true })
      const taken = parseStatusClaim(JSON.parse(JSON.stringify(claim))).ok
      verdicts.add(taken)
      expect(isClaim(JSON.parse(JSON.stringify(claim)))).toBe(taken)
    }),
    { numRuns: 3_000 },
  )
  expect(verdicts.size).toBe(2)
})

test.each([null, 7, 'x', [], true])('neither takes %j for a claim', (value) => {
  expect([isClaim(value), parseStatusClaim(value).ok]).toEqual([false, false])
})

test('a claim that was taken is valid as it is kept', () => {
  fc.assert(
    fc.property(goodClaims, (claim) => {
      const parsed = parseStatusClaim(claim)
      expectValid(isClaim, parsed.ok && parsed.value)
    }),
  )
})

const frames = fc.record({
  cluster_id: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
  beat_index: fc.maxSafeNat(),
  beats_per_bar: fc.integer({ min: 1, max: 1_000 }),
  starts_ms: fc.double({ min: 0, max: 4e12, noNaN: true }),
  tempo_bpm: fc.integer({ min: 1, max: 10_000 }).map((tenths) => tenths / 10),
  hlc: fc.constant('7ffd:0001:beef'),
  version: fc.constant('0.1.0'),
})

test('every frame of the pulse is valid', () => {
  fc.assert(fc.property(frames, (beat) => expectValid(isFrame, makeBeatFrame(beat))))
})

test('a frame that lacks a field, has another one, or a wrong one, is not', () => {
  const frame = makeBeatFrame({
    cluster_id: 'c',
    beat_index: 240,
    beats_per_bar: 120,
    starts_ms: 1_782_475_200_000,
    tempo_bpm: 120,
    hlc: '7ffd:0001:beef',
    version: '0.1.0',
  })
  expectValid(isFrame, frame)
  for (const name of Object.keys(frame).filter((each) => each !== 'metadata'))
    for (const value of [undefined, null, {}])
      expect(isFrame(JSON.parse(JSON.stringify({ ...frame, [name]: value }))), name).toBe(false)
  for (const wrong of [
    { epoch: 1 },
    { type: 'backbeat.beatframe.v2' },
    { cluster_id: 'a b' },
    { cluster_id: 'a'.repeat(65) },
    { beat_index: -1 },
    { phase: 'rest' },
    { hlc: '7ffd-0001-beef' },
    { deadline_at: 'soon' },
    { tempo_bpm: 0 },
    { tempo_bpm: 1_000.1 },
    { window_id: 'f'.repeat(31) },
    { metadata: { mood: 'good' } },
  ])
    expect(isFrame({ ...frame, ...wrong }), JSON.stringify(wrong)).toBe(false)
})

const reportFacts = fc.record({
  cluster_id: fc.constant('c'),
  tempo_bpm: fc.constantFrom(0, 0.1, 120, 1_000),
  tempo_drift_ms: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  leader_changes: fc.nat(3),
  refused: fc.record({ count: fc.nat(9), agents: fc.array(id, { maxLength: 9 }) }),
  dropped_views: fc.nat(3),
  rotations_outstanding: fc.nat(1),
  issued_at: fc.constant('2026-06-26T12:00:00.000Z'),
})
const agents = { ids: ['a', 'b', 'c', 'd', 'e', 'f'], columns: { stopped: new Uint8Array(6) } }

test('every report is valid, with what is Beacon’s own and without', () => {
  fc.assert(
    fc.property(claimHistories(), reportFacts, (history, facts) => {
      const bars = makeBars()
      for (const item of history) if (item.claim) foldClaim(bars, item.agent, item.claim)
      for (const bar of bars.open) {
        const report = JSON.parse(JSON.stringify(toBarReport(bars, bar, facts, agents)))
        expectValid(isReport, report)
        for (const name of ['cluster_id', 'revision', 'issued_at', 'tempo_bpm', 'claims', 'late_claims'])
          delete report[name]
        expectValid(isReport, report)
      }
    }),
  )
})

test('the report of BACKBEAT’s own documents is valid, and none of its fields can be left out', () => {
  const report = {
    type: 'backbeat.barreport.v1',
    window_id: '7e9b0e6c4c9a4e59b7f2d9a3c1b2e4d5',
    from_beat: 240,
    to_beat: 359,
    agents_reporting: 978,
    on_time_reviews: 842,
    help_promises_fulfilled: 91,
    secret_rotations_ok: true,
    tempo_drift_ms: 7,
    issues: [],
  }
  expectValid(isReport, report)
  for (const name of Object.keys(report)) expect(isReport({ ...report, [name]: undefined }), name).toBe(false)
  const issue = { severity: 'info', category: 'drift', count: 1 }
  expectValid(isReport, { ...report, issues: Array(100).fill(issue) })
  for (const wrong of [
    { issues: Array(101).fill(issue) },
    { issues: [{ ...issue, severity: 'bad' }] },
    { issues: [{ ...issue, category: 'bad' }] },
    { issues: [{ ...issue, count: 0 }] },
    { issues: [{ ...issue, agents: ['a', 'b', 'c', 'd', 'e', 'f'] }] },
    { agents_reporting: -1 },
    { secret_rotations_ok: 'yes' },
  ])
    expect(isReport({ ...report, ...wrong }), JSON.stringify(wrong)).toBe(false)
})
