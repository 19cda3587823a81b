import fc from 'fast-check'
import { expect, test } from 'vitest'
import { barOf, toWindowId } from '../../src/core/beat.ts'
import { judgeClaim, toClaimBody } from '../../src/core/claim-door.ts'
import { toEventLine } from '../../src/core/event-line.ts'
import { parseFleetEvent } from '../../src/core/fleet-event.ts'
import { type ClaimState, claimStates, type StatusClaim } from '../../src/core/status-claim.ts'

const beats = 120
const atBeat = (beat_index: number, beats_per_bar = beats) => {
  const { from_beat } = barOf(beat_index, beats_per_bar)
  return { beat_index, from_beat, beats_per_bar, window_id: toWindowId('c', from_beat) }
}
const judge = (beat_index: number, at: number, end?: number, received = 0) =>
  judgeClaim({ beat_index }, atBeat(at), end, received, 'c')

test.each([
  [250, 250, 240, false],
  [240, 359, 240, false],
  [360, 359, 360, false],
  [239, 240, 120, true],
  [120, 359, 120, true],
  [0, 0, 0, false],
  [1, 0, 0, false],
  [0, 120, 0, true],
])('beat %i, received in beat %i, counts for the bar from beat %i; late: %s', (beat, at, from_beat, late) => {
  expect(judge(beat, at)).toMatchObject({
    ok: true,
    value: { from_beat, to_beat: from_beat + beats - 1, window_id: toWindowId('c', from_beat), late },
  })
})

test.each([
  [361, 359, 'claim_too_early'],
  [2, 0, 'claim_too_early'],
  [119, 240, 'claim_too_late'],
  [119, 359, 'claim_too_late'],
  [0, 1e9, 'claim_too_late'],
])('beat %i, received in beat %i, is refused: %s', (beat, at, code) => {
  expect(judge(beat, at)).toMatchObject({ ok: false, error: { code, field: 'beat_index' } })
})

test('the refusal names the beats that are taken', () => {
  expect(judge(7, 300)).toMatchObject({
    error: { message: expect.stringContaining('claims for 120 to 301 are taken') },
  })
})

test('what is taken is one row of beats, from the bar before to the beat after', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 200 }), fc.nat(12_000), (now, per_bar, beat) => {
      const at = atBeat(now, per_bar)
      const { ok } = judgeClaim({ beat_index: beat }, at, undefined, 0, 'c')
      expect(ok).toBe(Math.floor(beat / per_bar) >= Math.floor(now / per_bar) - 1 && beat <= now + 1)
    }),
  )
})

test('on time is before the end of the beat, not at it', () => {
  const onTime = (end: number, received: number) => judge(250, 250, end, received)
  expect(onTime(1_000, 999.9)).toMatchObject({ value: { on_time: true } })
  expect(onTime(1_000, 1_000)).toMatchObject({ value: { on_time: false } })
})

test('when the end of a beat is not known, it is over if another one runs', () => {
  for (const [beat, on_time] of [
    [249, false],
    [250, true],
    [251, true],
  ] as const)
    expect(judge(beat, 250)).toMatchObject({ value: { on_time } })
})

test('what is stored of a claim is read back as the facts that count', () => {
  const claims = fc.record(
    {
      state: fc.constantFrom<ClaimState>(...claimStates),
      progress: fc.constantFrom(0, 0.5, 1),
      task_id: fc.constantFrom('task:1', 'b'),
      notes: fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
      metadata: fc.constantFrom(
        {},
        { task: 'mine', window_id: 'mine', on_time: false },
        { '","metadata":{': 1 },
      ),
    },
    { requiredKeys: ['state'] },
  )
  fc.assert(
    fc.property(claims, fc.boolean(), fc.boolean(), (given, on_time, late) => {
      const claim: StatusClaim = {
        type: 'backbeat.statusclaim.v1',
        agent_id: 'agent:1',
        beat_index: 250,
        hlc: '0000:0000:0000',
        ...given,
      }
      const window = { window_id: toWindowId('c', 240), from_beat: 240, to_beat: 359 }
      const body = toClaimBody(claim, { ...window, on_time, late })
      const line = toEventLine(body, { id: 'i', received_at_ms: 1_782_475_200_123, hlc: 'h' })
      const { type, agent_id, state, ...rest } = claim
      expect(JSON.parse(line)).toMatchObject({
        kind: 'claim',
        agent_id,
        status: state,
        metadata: {
          ...rest,
          ...window,
          ...(given.task_id === undefined ? {} : { task: given.task_id }),
          on_time,
          late,
        },
      })
      expect(parseFleetEvent(Buffer.from(line), 7, agent_id)).toMatchObject({
        kind: 'claim',
        status: state,
        ...(given.task_id === undefined ? {} : { task: given.task_id }),
        claim: {
          ...window,
          state,
          task: given.task_id ?? '',
          progress: given.progress ?? 0,
          on_time,
          late,
        },
      })
    }),
  )
})

test.each([
  '{}',
  '{"window_id":"x","from_beat":0,"to_beat":1}',
  `{"window_id":"${'0'.repeat(32)}","from_beat":2,"to_beat":1}`,
  `{"window_id":"${'0'.repeat(32)}","from_beat":"0","to_beat":1}`,
  `{"window_id":"${'0'.repeat(32)}","to_beat":1}`,
  '{"window_id":',
])('a stored claim with the metadata %s is an event that counts for no bar', (metadata) => {
  const line = toEventLine(
    { agent_id: 'a', status: 'idle' },
    { id: 'i', received_at_ms: 0, hlc: 'h' },
    'claim',
  )
  const event = parseFleetEvent(Buffer.from(line.replace('{}}', `${metadata}}`)), 1, 'a')
  expect(event).toMatchObject({ kind: 'claim', status: 'idle' })
  expect(event?.claim).toBeUndefined()
})

test('a stored claim with a state that is none counts for no bar', () => {
  const body = toClaimBody(
    { type: 'backbeat.statusclaim.v1', agent_id: 'a', beat_index: 0, state: 'idle', hlc: '0000:0000:0000' },
    { window_id: '0'.repeat(32), from_beat: 0, to_beat: 1, on_time: true, late: false },
  )
  const line = toEventLine({ ...body, status: 'constructor' }, { id: 'i', received_at_ms: 0, hlc: 'h' })
  expect(parseFleetEvent(Buffer.from(line), 1, 'a')?.claim).toBeUndefined()
})
