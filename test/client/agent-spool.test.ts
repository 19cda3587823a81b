// The spool against a list: whatever is pushed, sent, dropped and reopened, what waits is the newest, in order, within the bound.

import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AgentSpool, openSpool } from '../../src/client/agent-spool.ts'

const bytes_max = 20_000
const all = { lines: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }

const fail = (error: unknown): never => {
  throw error
}
const open = (folder: string | undefined, max = bytes_max): AgentSpool =>
  openSpool({ folder, bytes_max: max, onDiskFailure: fail })

function withFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-spool-'))
  try {
    work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const step = fc.oneof(
  fc.record({ do: fc.constant('push' as const), length: fc.integer({ min: 1, max: 3_000 }) }),
  fc.record({ do: fc.constant('send' as const), lines: fc.integer({ min: 1, max: 20 }), part: fc.nat(20) }),
  fc.record({ do: fc.constant('reopen' as const) }),
  fc.record({ do: fc.constant('tear' as const) }),
)

test('what waits is the newest, in order, within the bound, also after restarts', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) =>
      withFolder((folder) => {
        let spool = open(folder)
        let waiting: string[] = []
        let dropped = 0
        let count = 0
        for (const each of steps) {
          if (each.do === 'push') {
            const line = `${count++} `.padEnd(each.length, 'é')
            spool.push(line)
            waiting.push(line)
            while (sizeOf(waiting) > bytes_max) {
              waiting.shift()
              dropped++
            }
          } else if (each.do === 'send') {
            const batch = spool.peek({ lines: each.lines, bytes: 10_000 })
            expect(batch.lines).toEqual(waiting.slice(0, batch.lines.length))
            expect(batch.lines.length > 0).toBe(waiting.length > 0)
            const done = Math.min(each.part, batch.lines.length)
            spool.release(batch, done)
            waiting = waiting.slice(done)
          } else {
            spool.close()
            if (each.do === 'tear') tear(folder)
            spool = open(folder)
            dropped = 0
          }
          expect(spool.peek(all).lines).toEqual(waiting)
          expect([spool.bytes, spool.dropped]).toEqual([sizeOf(waiting), dropped])
        }
        spool.close()
      }),
    ),
    { numRuns: 60 },
  )
})

test('a batch that is dropped on its way and arrives all the same is not counted as dropped', () => {
  const spool = open(undefined, 100)
  for (let i = 0; i < 10; i++) spool.push(`old ${i}...`)
  const batch = spool.peek({ lines: 4, bytes: 1_000 })
  for (let i = 0; i < 6; i++) spool.push(`new ${i}...`)
  const before = spool.dropped
  spool.release(batch)
  expect(before - spool.dropped).toBe(4)
  expect(spool.end - spool.start + batch.lines.length + spool.dropped).toBe(16)
})

test('the disk holds what waits and one file more, however much went through', () =>
  withFolder((folder) => {
    const spool = open(folder)
    for (let i = 0; i < 5_000; i++) {
      spool.push(`${i}`.padEnd(100, '.'))
      spool.release(spool.peek(all))
    }
    expect(readdirSync(join(folder, 'spool')).length).toBeLessThanOrEqual(3)
    spool.close()
  }))

test('when the disk fails, lines go on in memory', () =>
  withFolder((folder) => {
    const failures: unknown[] = []
    const spool = openSpool({ folder, bytes_max, onDiskFailure: (error) => void failures.push(error) })
    rmSync(join(folder, 'spool'), { recursive: true })
    spool.push('one')
    spool.push('two')
    expect(failures).toHaveLength(1)
    expect(spool.peek(all).lines).toEqual(['one', 'two'])
    spool.close()
  }))

const sizeOf = (lines: string[]): number => lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)

/** A crash in the middle of a line: what is behind the last line feed never became an event. */
function tear(folder: string): void {
  const dir = join(folder, 'spool')
  const last = readdirSync(dir)
    .filter((name) => name.endsWith('.ndjson'))
    .sort()
    .at(-1)
  if (last) appendFileSync(join(dir, last), '{"agent_id":"torn')
}
