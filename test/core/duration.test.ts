import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDuration, formatSize, parseDuration, parseSize, parseTime } from '../../src/core/duration.ts'

describe('durations', () => {
  test.each([
    ['500ms', 500],
    ['90s', 90_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['3d', 259_200_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['0', 0],
    ['0s', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: ms })
  })

  test.each(['', '5', '-5s', '5 s', 's', '5x', '1h30', '1..5s', '9e9d', '99999999999999d', '1.s', '5S'])(
    "'%s' is none",
    (text) => {
      expect(parseDuration(text)).toMatchObject({ ok: false })
    },
  )

  test('what is written can be read back exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e14 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toEqual({ ok: true, value: ms })
      }),
    )
  })
})

describe('sizes', () => {
  test.each([
    ['8GB', 8e9],
    ['512MB', 512e6],
    ['64KiB', 65_536],
    ['1.5GiB', 1_610_612_736],
    ['100', 100],
    ['100B', 100],
    ['8 GB', 8e9],
    ['8gb', 8e9],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toEqual({ ok: true, value: bytes })
  })

  test.each(['', 'GB', '-1GB', '1XB', '8G', '1.5.2GB', '99999999TB'])("'%s' is none", (text) => {
    expect(parseSize(text)).toMatchObject({ ok: false })
  })

  test('what is written can be read back exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (bytes) => {
        expect(parseSize(formatSize(bytes))).toEqual({ ok: true, value: bytes })
      }),
    )
  })
})

describe('times', () => {
  const now = Date.UTC(2026, 5, 26, 12)

  test.each([
    ['now', now],
    ['10m', now - 600_000],
    ['2026-06-26T12:00:00Z', now],
    ['2026-06-26T14:00:00.5+02:00', now + 500],
    ['2026-06-26t11:59:59z', now - 1_000],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
  ])('%s', (text, at) => {
    expect(parseTime(text, now)).toEqual({ ok: true, value: at })
  })

  test.each([
    '',
    'yesterday',
    '2026-02-30T00:00:00Z',
    '2026-06-26',
    '2026-06-26T12:00:00',
    '2026-06-26 12:00Z',
  ])("'%s' is none", (text) => {
    expect(parseTime(text, now)).toMatchObject({ ok: false })
  })
})
