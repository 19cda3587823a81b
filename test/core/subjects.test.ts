import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  parseAgentToken,
  parseEventSubject,
  partitionOf,
  toAgentToken,
  toEventSubject,
} from '../../src/core/subjects.ts'

const agentId = fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }).filter((id) => id.isWellFormed())

test('any agent id survives its way through a subject', () => {
  fc.assert(
    fc.property(agentId, (id) => {
      expect(parseEventSubject(toEventSubject(id, 12))).toBe(id)
    }),
  )
})

test('a token has nothing that NATS reads as structure', () => {
  fc.assert(
    fc.property(agentId, (id) => {
      expect(toAgentToken(id)).toMatch(/^[A-Za-z0-9_%-]+$/)
    }),
  )
})

test('a broken token is refused, not guessed', () => {
  expect(parseAgentToken('%E0%A4%A')).toBeUndefined()
  expect(parseEventSubject('beacon.ev.3')).toBeUndefined()
})

test('partitions are stable: another version must give the same', () => {
  expect(['agent-001', 'agent-42', 'ü', '🚀'].map((id) => partitionOf(id, 12))).toEqual([6, 6, 1, 4])
})

test('similar ids spread over the partitions', () => {
  const counts = new Array<number>(12).fill(0)
  for (let i = 0; i < 12_000; i++) {
    const partition = partitionOf(`agent-${String(i).padStart(5, '0')}`, 12)
    counts[partition] = (counts[partition] ?? 0) + 1
  }
  expect(Math.min(...counts)).toBeGreaterThan(900)
  expect(Math.max(...counts)).toBeLessThan(1_100)
})
