import { expect, test } from 'vitest'
import { ok } from '../../../src/core/result.ts'
import { admitEntries } from '../../../src/daemon/gateway/admission.ts'
import type { Entry } from '../../../src/daemon/gateway/body-forms.ts'
import type { Admission, LaneMessage } from '../../../src/daemon/gateway/lanes.ts'
import { makeStampEvent } from '../../../src/daemon/gateway/stamp.ts'

function* entries(count: number): Generator<Entry> {
  for (let index = 0; index < count; index++)
    yield { index, event: ok({ agent_id: 'a', status: `${index}` }) }
}

const admitWith = (count: number, admit: (messages: readonly LaneMessage[]) => Promise<Admission>) =>
  admitEntries(entries(count), { stamp: makeStampEvent(12), admit, line_bytes_max: 1_000 })

test('a body goes through in slices, each after the one before it', async () => {
  const slices: number[] = []
  let inFlight = 0
  const tally = await admitWith(9_000, async (messages) => {
    expect(inFlight++).toBe(0)
    await new Promise(setImmediate)
    slices.push(messages.length)
    inFlight--
    return { seqs: messages.map((_, i) => i + 1) }
  })
  expect(slices).toEqual([4_000, 4_000, 1_000])
  expect(tally).toMatchObject({ accepted: 9_000, rejected: 0, not_stored: [], last_seq: 1_000 })
})

test('after a failure nothing more of the body is sent', async () => {
  let calls = 0
  const tally = await admitWith(9_000, async (messages) => {
    calls++
    const failure = { code: 'overloaded', detail: 'full' } as const
    return { seqs: messages.map((_, i) => (i === 1 || i === 7 ? 0 : i + 1)), failure }
  })
  expect(calls).toBe(1)
  expect(tally).toMatchObject({
    accepted: 3_998,
    not_stored: [
      [1, 1],
      [7, 7],
      [4_000, 8_999],
    ],
    not_stored_count: 5_002,
    failure: { code: 'overloaded' },
  })
})
