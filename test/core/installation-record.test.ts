import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Generation,
  type InstallationRecord,
  isRevoked,
  judgeRefresh,
  judgeRuntime,
  makeRecord,
  nextVersion,
  recordLimits,
  wantsTokens,
  withEnd,
  withFirstUse,
  withPending,
} from '../../src/core/installation-record.ts'

const day_ms = 86_400_000
const ids = { installation_id: 'i', agent_id: 'a', interval_ms: 60_000 }

const generation = (version: number, issued_at_ms = 0): Generation => ({
  version,
  runtime: `runtime-${version}`.padEnd(64, '0'),
  refresh: `refresh-${version}`.padEnd(64, '0'),
  issued_at_ms,
  expires_at_ms: issued_at_ms + 90 * day_ms,
})

const first = (): InstallationRecord => makeRecord(ids, generation(1))

test('tokens that were given out and never arrived lock nobody out: the old ones work until a new one is used', () => {
  const told = withPending(withPending(first(), generation(2)), generation(3))
  for (const version of [1, 2, 3]) {
    expect(judgeRuntime(told, generation(version).runtime, 0).ok).toBe(true)
    expect(judgeRefresh(told, generation(version).refresh).ok).toBe(true)
  }
  const used = withFirstUse(told, 2)
  expect(judgeRuntime(used, generation(2).runtime, 0)).toMatchObject({
    ok: true,
    value: { first_use: false },
  })
  for (const version of [1, 3]) {
    expect(judgeRuntime(used, generation(version).runtime, 0)).toMatchObject({ error: 'token_invalid' })
    expect(judgeRefresh(used, generation(version).refresh)).toMatchObject({ error: 'token_replayed' })
  }
})

test('a refresh token that nobody ever gave out is wrong, not replayed', () => {
  expect(judgeRefresh(first(), 'f'.repeat(64))).toMatchObject({ error: 'token_invalid' })
})

test('a runtime token ends at its time, and the tokens that wait have a time of their own', () => {
  const record = withPending(first(), generation(2, 85 * day_ms))
  expect(judgeRuntime(record, generation(1).runtime, 90 * day_ms - 1).ok).toBe(true)
  expect(judgeRuntime(record, generation(1).runtime, 90 * day_ms)).toMatchObject({ error: 'token_expired' })
  expect(judgeRuntime(record, generation(2).runtime, 90 * day_ms).ok).toBe(true)
})

test('new tokens are due within seven days of the end, and not twice within ten minutes', () => {
  const due = 83 * day_ms
  expect(wantsTokens(first(), due - 1, 7 * day_ms)).toBe(false)
  expect(wantsTokens(first(), due, 7 * day_ms)).toBe(true)
  const told = withPending(first(), generation(2, due))
  expect(wantsTokens(told, due + recordLimits.issue_again_ms - 1, 7 * day_ms)).toBe(false)
  expect(wantsTokens(told, due + recordLimits.issue_again_ms, 7 * day_ms)).toBe(true)
})

test('what was terminated keeps its tokens and does not recover; a revocation goes over it and stays', () => {
  const end = (how: 'terminated' | 'revoked') => ({ how, at_ms: 1, by: 'o', reason: how })
  const terminated = withEnd(first(), end('terminated'))
  expect(judgeRefresh(terminated, generation(1).refresh)).toMatchObject({ error: 'installation_ended' })
  expect(isRevoked(terminated)).toBe(false)
  expect(withEnd(terminated, { ...end('terminated'), reason: 'again' })).toBe(terminated)
  const revoked = withEnd(terminated, end('revoked'))
  expect(isRevoked(revoked)).toBe(true)
  expect(judgeRefresh(revoked, generation(1).refresh)).toMatchObject({ error: 'token_revoked' })
  expect(withEnd(revoked, end('terminated'))).toBe(revoked)
})

test('whatever is given out and used: the tokens used last always work, and what they took the place of never again', () => {
  const steps = fc.array(fc.oneof(fc.constant('issue' as const), fc.nat({ max: 5 })), { maxLength: 60 })
  fc.assert(
    fc.property(steps, (history) => {
      let record = first()
      const overtaken = new Set<number>()
      for (const step of history) {
        if (step === 'issue') {
          record = withPending(record, generation(nextVersion(record)))
        } else {
          const waiting = record.pending.at(step % Math.max(record.pending.length, 1))
          if (!waiting) continue
          for (const each of [record.tokens, ...record.pending])
            if (each !== waiting) overtaken.add(each.version)
          record = withFirstUse(record, waiting.version)
          expect(record.tokens.version).toBe(waiting.version)
        }
        expect(judgeRuntime(record, generation(record.tokens.version).runtime, 0).ok).toBe(true)
        expect(judgeRefresh(record, generation(record.tokens.version).refresh).ok).toBe(true)
        expect(record.pending.length).toBeLessThanOrEqual(recordLimits.pending_max)
        expect(record.spent.length).toBeLessThanOrEqual(recordLimits.spent_max)
        for (const version of overtaken) {
          expect(judgeRuntime(record, generation(version).runtime, 0)).toMatchObject({
            error: 'token_invalid',
          })
          expect(judgeRefresh(record, generation(version).refresh).ok).toBe(false)
        }
      }
    }),
  )
})
