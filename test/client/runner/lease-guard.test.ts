// When a fail-closed run has lost its lease.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { guardLease, type LeaseGuard } from '../../../src/client/runner/lease-guard.ts'

let lost: number
let guard: LeaseGuard
beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  lost = 0
  guard = guardLease(Date.now, () => lost++)
})
afterEach(() => {
  vi.useRealTimers()
})

const away = (left_ms: number | null): void =>
  guard.hear({
    connected: false,
    reason: null,
    lease_expires_ms: left_ms === null ? null : Date.now() + left_ms,
  })
const back = (): void => guard.hear({ connected: true, reason: null, lease_expires_ms: Date.now() + 100 })

test('it is lost when it runs out while Beacon is away, not before', () => {
  away(5_000)
  vi.advanceTimersByTime(4_999)
  expect(lost).toBe(0)
  vi.advanceTimersByTime(1)
  expect(lost).toBe(1)
})

test('hearing again that Beacon is away does not make it longer, and it is lost once', () => {
  const lease_expires_ms = Date.now() + 5_000
  for (let i = 0; i < 9; i++) {
    guard.hear({ connected: false, reason: null, lease_expires_ms })
    vi.advanceTimersByTime(1_000)
  }
  vi.advanceTimersByTime(60_000)
  expect(lost).toBe(1)
})

test('a Beacon that comes back before keeps it', () => {
  away(5_000)
  vi.advanceTimersByTime(4_000)
  back()
  vi.advanceTimersByTime(60_000)
  expect(lost).toBe(0)
})

test('one that ran out already is lost at once; one that was never held is not', () => {
  away(null)
  vi.advanceTimersByTime(60_000)
  expect(lost).toBe(0)
  away(-1)
  vi.advanceTimersByTime(1)
  expect(lost).toBe(1)
})
