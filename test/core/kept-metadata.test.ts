import fc from 'fast-check'
import { expect, test } from 'vitest'
import { summarizeMetadata } from '../../src/core/event-summary.ts'
import { fold, makeFleet } from '../../src/core/fleet.ts'
import { keepMetadata } from '../../src/core/kept-metadata.ts'

const crowded = Number.POSITIVE_INFINITY
const large = (fields: object): string => JSON.stringify({ blob: { text: 'x'.repeat(64 * 1024) }, ...fields })
const keep = (metadata: string, fleetChars: number) => JSON.parse(keepMetadata(metadata, fleetChars))

test('small metadata is kept whole, to the letter', () => {
  const text = '{ "a" : [1,{"b":null}], "text":"…" }'
  expect(keepMetadata(text, 0)).toBe(text)
  expect(keepMetadata(text, crowded)).toBe(text)
})

test('large metadata keeps its plain values and says how long it was', () => {
  const text = large({ role: 'qa', tokens: 812, ok: true, list: [1], error: 'e'.repeat(500) })
  expect(keep(text, 0)).toEqual({
    'beacon.shortened': text.length,
    role: 'qa',
    error: `${'e'.repeat(119)}…`,
    tokens: 812,
    ok: true,
  })
  expect(summarizeMetadata(keepMetadata(text, 0))).toBe(summarizeMetadata(text))
})

test('when there is little room, role, task and words come before the rest', () => {
  const fields = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`key${i}`, i]))
  expect(
    keep(large({ ...fields, message: 'upstream 503', task: 'plan', role: 'qa' }), crowded),
  ).toMatchObject({
    role: 'qa',
    task: 'plan',
    message: 'upstream 503',
    key0: 0,
  })
})

test('whatever it is, what is kept is a JSON object of a bounded length', () => {
  const metadata = fc
    .dictionary(
      fc.string({ unit: 'binary' }),
      fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.string({ unit: 'binary', maxLength: 300 })),
      { maxKeys: 20 },
    )
    .map((fields) => JSON.stringify({ ...fields, blob: 'x'.repeat(5_000) }))
  fc.assert(
    fc.property(metadata, (text) => {
      expect(keepMetadata(text, 0).length).toBeLessThanOrEqual(4_096)
      expect(keepMetadata(text, crowded).length).toBeLessThanOrEqual(256)
      const whole = JSON.parse(text)
      for (const [key, value] of Object.entries(keep(text, 0)))
        if (key !== 'beacon.shortened' && typeof value !== 'string') expect(value).toEqual(whole[key])
    }),
  )
})

test('a fleet of large metadata keeps a bounded amount of it', () => {
  const fleet = makeFleet()
  const metadata = JSON.stringify({ text: 'x'.repeat(4_000) })
  for (let i = 0; i < 40_000; i++)
    fold(fleet, { seq: i + 1, agent_id: `a${i}`, kind: 'state', status: 's', received_at_ms: i, metadata })
  expect(fleet.metadata_chars).toBeLessThan(64 * 1024 * 1024 + 40_000 * 256)
  expect(fleet.metadata[0]).toBe(metadata)
  expect(fleet.metadata.at(-1)?.length).toBeLessThanOrEqual(256)
  expect(fleet.newest.slots.every((slot) => slot.metadata.length <= 256)).toBe(true)
})
