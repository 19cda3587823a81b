import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { acquireLock, lockHolder } from '../../../src/daemon/supervisor/lock.ts'
import { ownProcessId } from '../../../src/daemon/supervisor/process-table.ts'
import { makeHome, refusal } from '../../kit/supervised-home.ts'

let run: string
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'beacon-lock-'))
})
afterEach(() => rmSync(run, { recursive: true, force: true }))

const write = (holder: object): void => writeFileSync(join(run, 'daemon.lock'), JSON.stringify(holder))

test('a lock is held until it is released', async () => {
  const lock = await acquireLock(run)
  expect(lockHolder(run)).toMatchObject(ownProcessId())
  expect(await refusal(acquireLock(run))).toMatchObject({ code: 'home_locked' })
  lock.release()
  expect(lockHolder(run)).toBeUndefined()
  ;(await acquireLock(run)).release()
  expect(readdirSync(run)).toEqual([])
})

test('the lock of a dead process is taken over', async () => {
  write({ pid: 4_194_304_000, started: '1', nonce: 'dead' })
  expect(lockHolder(run)).toBeUndefined()
  await acquireLock(run)
  expect(lockHolder(run)?.pid).toBe(process.pid)
  expect(readdirSync(run)).toEqual(['daemon.lock'])
})

test('the lock of a process whose pid was given to another is taken over', async () => {
  write({ pid: process.pid, started: 'long ago', nonce: 'reused' })
  await acquireLock(run)
  expect(lockHolder(run)).toMatchObject(ownProcessId())
})

test('a takeover that died half way does not block the next', async () => {
  write({ pid: 4_194_304_000, started: '1', nonce: 'dead' })
  writeFileSync(
    join(run, 'daemon.lock.dead'),
    JSON.stringify({ pid: 4_194_304_001, started: '1', nonce: 'dead too' }),
  )
  await acquireLock(run)
  expect(readdirSync(run)).toEqual(['daemon.lock'])
})

test('a lock that cannot be read is an error that says what to do', async () => {
  writeFileSync(join(run, 'daemon.lock'), '')
  const error = await refusal(acquireLock(run))
  expect(error).toMatchObject({ code: 'home_unusable' })
  expect(error.hint).toContain('delete')
})

test('of many processes that find a stale lock, exactly one gets it', async () => {
  const entry = fileURLToPath(new URL('../../kit/take-lock.ts', import.meta.url))
  for (let round = 0; round < 3; round++) {
    write({ pid: 4_194_304_000, started: '1', nonce: `dead ${round}` })
    const racers = await Promise.all(Array.from({ length: 6 }, () => race(entry)))
    expect(racers.map((each) => each.answer).sort()).toEqual([
      'home_locked',
      'home_locked',
      'home_locked',
      'home_locked',
      'home_locked',
      'taken',
    ])
    await Promise.all(racers.map((each) => each.end()))
  }
})

/** Takes the lock when all racers are there, and holds it until the end of its input. */
async function race(entry: string): Promise<{ answer: string; end(): Promise<void> }> {
  const child = spawn(process.execPath, [entry, run], { stdio: ['pipe', 'pipe', 'inherit'] })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const answer = await new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8')
    child.stdout.once('data', (text: string) => resolve(text.trim()))
  })
  return {
    answer,
    async end() {
      child.stdin.end()
      await closed
    },
  }
}

test('a start over a stale lock works, and five at once make one daemon', async () => {
  await using it = makeHome()
  mkdirSync(it.home.run, { recursive: true })
  writeFileSync(
    join(it.home.run, 'daemon.lock'),
    JSON.stringify({ pid: process.pid, started: 'long ago', nonce: 'x' }),
  )
  const results = await Promise.all(Array.from({ length: 5 }, () => it.start()))
  expect(results.filter((each) => !each.already)).toHaveLength(1)
  const lock = JSON.parse(readFileSync(join(it.home.run, 'daemon.lock'), 'utf8')) as { pid: number }
  expect(results.map((each) => each.daemon.pid)).toEqual(Array(5).fill(lock.pid))
})
