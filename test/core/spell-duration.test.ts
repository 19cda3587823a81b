import { expect, test } from 'vitest'
import { spellDuration } from '../../src/core/spell-duration.ts'

test.each([
  [-5, '0s'],
  [0, '0s'],
  [449, '0.4s'],
  [8_500, '8.5s'],
  [9_999, '9.9s'],
  [34_000, '34s'],
  [60_000, '1m'],
  [102_900, '1m 42s'],
  [3_600_000, '1h'],
  [3_605_000, '1h'],
  [7_380_000, '2h 3m'],
  [86_400_000 * 3 + 4 * 3_600_000, '3d 4h'],
])('%d ms is %s', (duration_ms, text) => {
  expect(spellDuration(duration_ms)).toBe(text)
})
