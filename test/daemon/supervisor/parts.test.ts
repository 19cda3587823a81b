import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toBooks } from '../../../src/core/status.ts'
import { openRotatingFile } from '../../../src/daemon/rotating-file.ts'
import { type Backoff, nextBackoff, noFailures } from '../../../src/daemon/supervisor/backoff.ts'
import { toDisk } from '../../../src/daemon/supervisor/disk.ts'
import { assertBindAllowed, parseHostPort, toHostPort } from '../../../src/daemon/supervisor/http-address.ts'

test('the wait before a restart doubles from 100 ms to 10 s, and begins anew after 30 s of work', () => {
  const waits: number[] = []
  let state: Backoff = noFailures
  for (let i = 0; i < 9; i++) {
    const next = nextBackoff(state, 29_999)
    waits.push(next.wait_ms)
    state = next.state
  }
  expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000])
  expect(nextBackoff(state, 30_000).wait_ms).toBe(100)
})

test('the books balance at any position of the stream that is read after the archiver reported', () => {
  const counts = fc.nat(1_000_000)
  fc.assert(
    fc.property(
      counts,
      counts,
      counts,
      counts,
      counts,
      (archived, duplicate, quarantined, baseline, later) => {
        const cursor = baseline + archived + duplicate + quarantined
        const stats = {
          archived_total: archived,
          duplicate_total: duplicate,
          quarantined_total: quarantined,
          cursor_seq: cursor,
          baseline_seq: baseline,
        }
        const books = toBooks(stats, { last_seq: cursor + later })
        expect(books).toMatchObject({ in_flight: later, balanced: true })
        expect(books?.accepted).toBe(archived + duplicate + quarantined + later)
        // One event that went missing on the way to the archive shows.
        const lost = { ...stats, cursor_seq: cursor + 1 }
        expect(toBooks(lost, { last_seq: cursor + 1 + later })?.balanced).toBe(false)
      },
    ),
  )
})

test('reports are in the stream and not in the books of events, archived or not', () => {
  const stats = {
    archived_total: 5,
    duplicate_total: 1,
    quarantined_total: 1,
    reports_total: 2,
    repeated_reports_total: 1,
    cursor_seq: 10,
    baseline_seq: 0,
  }
  // 11 and 13 are reports on their way; 9 is archived by now, and 15 came after the look at the stream.
  expect(toBooks(stats, { last_seq: 13, report_seqs: [9, 11, 13, 15] })).toMatchObject({
    accepted: 8,
    in_flight: 1,
    reports: 2,
    balanced: true,
  })
  expect(toBooks(stats, { last_seq: 9, report_seqs: [9] })).toMatchObject({ accepted: 7, in_flight: 0 })
})

test('there are no books without the archiver or the stream', () => {
  expect(toBooks(undefined, { last_seq: 1 })).toBeNull()
  expect(toBooks({}, { last_seq: 1 })).toBeNull()
  expect(toBooks({ archived_total: 1 }, null)).toBeNull()
})

const mebibyte = 1024 * 1024
test.each([
  [63, 1_000, true],
  [65, 1_000, false],
  [65, 10_000, true],
  [101, 10_000, false],
  [1_025, 10_000_000, false],
  [1_023, 10_000_000, true],
])('%i MiB free of %i is low: %s', (free, total, low) => {
  expect(toDisk(free * mebibyte, total * mebibyte).disk_low).toBe(low)
})

test.each(['127.0.0.1:8000', '[::1]:0', 'localhost:65535', '127.1.2.3:1'])('%s is loopback', async (text) => {
  const address = parseHostPort(text)
  await assertBindAllowed(address, async () => false)
  expect(toHostPort(address)).toBe(text)
})

test.each(['0.0.0.0:8000', '[::]:8000', '192.168.1.1:1', 'example.org:80', '127.0.0.1.example.org:80'])(
  '%s is not, and wants a token that lives',
  async (text) => {
    const address = parseHostPort(text)
    await expect(assertBindAllowed(address, async () => false)).rejects.toThrow(/beyond loopback/)
    await assertBindAllowed(address, async () => true)
  },
)

test.each(['8000', '127.0.0.1', '::1:8000', 'a:b', '127.0.0.1:65536', ''])('%j is no address', (text) => {
  expect(() => parseHostPort(text)).toThrow(/HOST:PORT/)
})

test('a log is renamed away when it is full, and no more than the wanted number is kept', () => {
  const dir = mkdtempSync(join(tmpdir(), 'beacon-log-'))
  const file = join(dir, 'daemon.log')
  const line = (n: number): string => `${String(n).padStart(99, '0')}\n`
  const log = openRotatingFile(file, 1_000, 3)
  for (let n = 0; n < 100; n++) log.write(line(n))
  log.close()
  // Opened again it goes on where it was.
  const again = openRotatingFile(file, 1_000, 3)
  again.write(line(100))
  again.close()
  expect(readdirSync(dir).sort()).toEqual(['daemon.log', 'daemon.log.1', 'daemon.log.2', 'daemon.log.3'])
  const kept = ['daemon.log.3', 'daemon.log.2', 'daemon.log.1', 'daemon.log']
    .map((name) => readFileSync(join(dir, name), 'utf8'))
    .join('')
  const numbers = kept.trimEnd().split('\n').map(Number)
  expect(numbers.at(-1)).toBe(100)
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 101 - numbers.length + i))
  rmSync(dir, { recursive: true })
})
