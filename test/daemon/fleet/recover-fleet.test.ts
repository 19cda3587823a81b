// After any end the live picture is what it would be without one.

import { randomBytes } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Fleet, makeFleet } from '../../../src/core/fleet.ts'
import { startEpoch } from '../../../src/core/seen.ts'
import { listCheckpoints, prepareCheckpoints } from '../../../src/daemon/fleet/checkpoint-store.ts'
import { recoverFleet } from '../../../src/daemon/fleet/recover-fleet.ts'
import type { Home } from '../../../src/daemon/home.ts'
import { flip, openWriter, tamper } from '../archive/kit.ts'
import { day_ms, makeEvents, start_ms } from '../archive/make-events.ts'
import { checkpoint, makeLog, makeTestHome, newestFile, silent } from './kit.ts'
import { arbitraryMessages, foldBatch, toBatch, toSight } from './make-history.ts'

const going = new AbortController().signal
const now_ms = start_ms + 3 * day_ms
const recover = (home: Home, log = silent) => recoverFleet(home, log, going)

/** What happens to a daemon: messages come, and after some the fleet is checkpointed or the stream is made anew. */
const happening = fc.record({
  messages: arbitraryMessages,
  next: fc.constantFrom('nothing', 'nothing', 'checkpoint', 'checkpoint', 'new stream'),
})

describe('recovery', () => {
  test('equals an uninterrupted run, wherever it was checkpointed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 8 }), async (happenings) => {
        const home = makeTestHome()
        const writer = await openWriter(home.archive, { batch: 7, now: () => now_ms })
        const live = makeFleet()
        let epoch = 1
        await writer.beginEpoch({ stream_created: 'stream 1', baseline_seq: 0 })
        let at = { last: 0, now_ms: start_ms }
        for (const { messages, next } of happenings) {
          const batch = toBatch(messages, at.last + 1, at.now_ms)
          at = batch
          foldBatch(live, batch)
          await writer.append(batch.events, batch.quarantined, batch.reports)
          if (next === 'checkpoint') await checkpoint(home, live, epoch)
          if (next === 'new stream') {
            epoch++
            await writer.beginEpoch({ stream_created: `stream ${epoch}`, baseline_seq: at.last })
            startEpoch(live.seen)
          }
        }
        await writer.close()
        const recovered = await recover(home)
        expect(recovered).toMatchObject({ epoch, next_seq: at.last + 1 })
        expect(toSight(recovered.fleet, now_ms)).toEqual(toSight(live, now_ms))
        // The rule on duplicates goes on as well: what was numbered comes once more.
        const again = toBatch(
          happenings.flatMap(({ messages }) => messages),
          at.last + 1,
          at.now_ms,
        )
        foldBatch(live, again)
        foldBatch(recovered.fleet, again)
        expect(toSight(recovered.fleet, now_ms)).toEqual(toSight(live, now_ms))
      }),
      { numRuns: 60 },
    )
  }, 120_000)

  test('without an archive is an empty fleet before the first event', async () => {
    const { fleet, epoch, next_seq } = await recover(makeTestHome())
    expect([fleet.ids.length, epoch, next_seq]).toEqual([0, 0, 1])
  })

  test('starts from the newest checkpoint that the archive holds', async () => {
    const { home } = await makeHistory([100, 200, 300])
    const { lines, log } = makeLog()
    const recovered = await recover(home, log)
    expect(lines.join()).toContain('"checkpoint_seq":300,"replayed":0')
    expect(recovered).toMatchObject({ next_seq: 301, fleet: { events: 300 } })
  })

  test.each<[string, (home: Home, live: Fleet) => Promise<void>]>([
    ['further on', (home, live) => checkpoint(home, Object.assign(live, { seq: 320 }))],
    ['in a later epoch', (home, live) => checkpoint(home, Object.assign(live, { seq: 50 }), 2)],
  ])('believes no checkpoint of another archive: one lies %s than this archive is', async (_, leave) => {
    const { home, live } = await makeHistory([100, 200, 300])
    await leave(home, live)
    const { lines, log } = makeLog()
    const recovered = await recover(home, log)
    expect(lines.join()).toContain('"checkpoint_seq":0,"replayed":300')
    expect(recovered.fleet).toMatchObject({ seq: 300, events: 300 })
    expect(listCheckpoints(home.fleet)).toEqual([])
  })

  test('without an archive removes the checkpoints of the one that was', async () => {
    const { home } = await makeHistory([100])
    rmSync(home.archive, { recursive: true })
    expect((await recover(home)).fleet.events).toBe(0)
    expect(listCheckpoints(home.fleet)).toEqual([])
  })
})

describe('a checkpoint', () => {
  test.each<[string, (file: string) => void]>([
    ['with a changed bit', (file) => writeFileSync(file, flip(readFileSync(file)))],
    ['cut short', (file) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ['cut short by its last part', (file) => truncateSync(file, statSync(file).size - 8)],
    ['of nothing', (file) => truncateSync(file)],
    ['of garbage', (file) => writeFileSync(file, randomBytes(10_000))],
    ['under the name of another', (file) => copyFileSync(oldestBeside(file), file)],
  ])('%s is passed over, and the one before it is taken', async (_, damage) => {
    const { home, live } = await makeHistory([100, 200, 300])
    damage(newestFile(home))
    const { lines, log } = makeLog()
    const { fleet } = await recover(home, log)
    expect(lines.join()).toContain('"checkpoint_seq":200,"replayed":100')
    expect(toSight(fleet, now_ms)).toEqual(toSight(live, now_ms))
  })

  test('is damaged by no flipped bit unseen', async () => {
    const { home, live } = await makeHistory([40])
    const file = newestFile(home)
    const whole = readFileSync(file)
    for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 200)) {
      writeFileSync(file, flip(whole, at))
      const { lines, log } = makeLog()
      expect(toSight((await recover(home, log)).fleet, now_ms)).toEqual(toSight(live, now_ms))
      expect([at, lines.join()]).toEqual([at, expect.stringContaining('"checkpoint_seq":0,"replayed":40')])
    }
  })

  test('that was never finished is not seen, and swept at the next start', async () => {
    const { home } = await makeHistory([100, 200])
    const half = join(home.fleet, '.making-1')
    renameSync(newestFile(home), half)
    expect(listCheckpoints(home.fleet).map(({ seq }) => seq)).toEqual([100])
    prepareCheckpoints(home.fleet)
    expect(existsSync(half)).toBe(false)
    expect(listCheckpoints(home.fleet).map(({ seq }) => seq)).toEqual([100])
  })

  test('from before the archive begins is not folded on', async () => {
    const { home } = await makeHistory([100])
    rmSync(home.archive, { recursive: true })
    const writer = await openWriter(home.archive)
    await writer.beginEpoch({ stream_created: 'stream', baseline_seq: 200 })
    await writer.append(makeEvents(201, 210))
    await writer.close()
    expect((await recover(home)).fleet.events).toBe(10)
  })
})

test('a damaged block is left out and named, and the rest is there', async () => {
  const { home } = await makeHistory([])
  const writer = await openWriter(home.archive, { batch: 10 })
  await writer.append(makeEvents(1, 30))
  await writer.close()
  await tamper(home.archive, '2026-11-21', (environment, put) => {
    const [, second] = [...environment.rows('blocks')]
    if (second) put('blocks', second.key, flip(second.value))
  })
  const { lines, log } = makeLog()
  const { fleet, next_seq } = await recover(home, log)
  expect([fleet.events, fleet.seq, next_seq]).toEqual([20, 30, 31])
  expect(lines.join()).toContain('"block":"2026-11-21 1/11 (checksum)"')
})

test('a stop during the recovery ends it', async () => {
  const { home } = await makeHistory([])
  const writer = await openWriter(home.archive)
  await writer.append(makeEvents(1, 20_000))
  await writer.close()
  const stop = new AbortController()
  const recovering = recoverFleet(home, silent, stop.signal)
  stop.abort(new Error('stopped'))
  await expect(recovering).rejects.toThrow('stopped')
})

/** An archive, and a checkpoint at each of these sequences. */
async function makeHistory(seqs: number[]): Promise<{ home: Home; live: Fleet }> {
  const home = makeTestHome()
  const live = makeFleet()
  const writer = await openWriter(home.archive)
  await writer.beginEpoch({ stream_created: 'stream', baseline_seq: 0 })
  for (const seq of seqs) {
    const events = makeEvents(live.seq + 1, seq)
    foldBatch(live, { events, quarantined: [] })
    await writer.append(events)
    await checkpoint(home, live)
  }
  await writer.close()
  return { home, live }
}

function oldestBeside(file: string): string {
  const [oldest] = readdirSync(dirname(file)).sort()
  return join(dirname(file), oldest ?? '')
}
