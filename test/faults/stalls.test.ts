// Bad days that pass by themselves: a stalled reader, a full stream, a full disk. Ingest is refused in time or goes on,
// nothing acknowledged is lost, and nobody has to lend a hand.

import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import type { StatusDocument } from '../../src/core/status.ts'
import { startTestDaemon, type TestDaemon } from '../kit/daemon.ts'
import { makeDisk, type TestDisk, whyNoDisk } from '../kit/disk.ts'
import { expectProved, judge, startLoad } from '../kit/load.ts'

let daemon: TestDaemon | undefined
let disk: TestDisk | undefined

afterEach(async () => {
  await daemon?.dispose()
  disk?.dispose()
  daemon = undefined
  disk = undefined
})

const statOf = (status: StatusDocument, instance: string, name: string): number =>
  Number(status.services.find((service) => service.instance === instance)?.stats[name] ?? 0)

async function settle(target: TestDaemon, load: { run: string; ledgerDir: string }): Promise<void> {
  await target.until('all archived', ({ books }) => books?.in_flight === 0 && books.balanced)
  await target.stop()
  expectProved(await judge(target.home, load))
}

test('an archiver stopped for ten seconds holds up neither ingest nor the live picture', {
  timeout: 60_000,
}, async () => {
  daemon = await startTestDaemon()
  const load = startLoad({
    url: daemon.url(),
    ledgerDir: daemon.home.runs,
    run: 'stall',
    seed: 1,
    duration_ms: 12_000,
  })
  await daemon.until('some events', ({ books }) => (books?.archived ?? 0) > 500)
  const archiver = await daemon.pidOf('archiver')
  const before = await daemon.status()
  process.kill(archiver, 'SIGSTOP')
  await sleep(10_000)
  const during = await daemon.status()
  process.kill(archiver, 'SIGCONT')
  expect(during.broker.stream?.last_seq).toBeGreaterThan((before.broker.stream?.last_seq ?? 0) + 5_000)
  expect(statOf(during, 'aggregator', 'seq')).toBeGreaterThan(statOf(before, 'aggregator', 'seq') + 5_000)
  expect(during.services.find(({ instance }) => instance === 'archiver')?.state).toBe('degraded')
  expect((await load.finish()).latency_ms.p99).toBeLessThan(10_000)
  await settle(daemon, load)
})

test('an aggregator that is stopped holds up neither ingest nor the archive', {
  timeout: 60_000,
}, async () => {
  daemon = await startTestDaemon()
  const load = startLoad({
    url: daemon.url(),
    ledgerDir: daemon.home.runs,
    run: 'stall',
    seed: 2,
    duration_ms: 4_000,
  })
  const aggregator = await daemon.pidOf('aggregator')
  process.kill(aggregator, 'SIGSTOP')
  expect((await load.finish()).unsent).toBe(0)
  await daemon.until('all archived', ({ books }) => books?.in_flight === 0 && (books?.archived ?? 0) > 4_000)
  process.kill(aggregator, 'SIGCONT')
  await settle(daemon, load)
})

test('a full stream is answered with 503, and emptied by the archiver it takes events again', {
  timeout: 90_000,
}, async () => {
  daemon = await startTestDaemon({ config: { max_bytes: 1_000_000 } })
  const archiver = await daemon.pidOf('archiver')
  process.kill(archiver, 'SIGSTOP')
  const load = startLoad({
    url: daemon.url(),
    ledgerDir: daemon.home.runs,
    run: 'full',
    seed: 3,
    duration_ms: 4_000,
  })
  let refused: Response | undefined
  for (let i = 0; i < 200 && refused?.status !== 503; i++) {
    await sleep(50)
    refused = await post(daemon.url(), 'prober')
  }
  expect(refused?.status).toBe(503)
  expect(refused?.headers.get('retry-after')).toMatch(/^\d+$/)
  expect(refused?.headers.get('content-type')).toContain('application/problem+json')
  expect((await fetch(`${daemon.url()}/ready`)).status).toBe(503)
  expect((await fetch(`${daemon.url()}/health`)).status).toBe(200)
  process.kill(archiver, 'SIGCONT')
  const sent = await load.finish()
  expect(sent.unsent).toBe(0)
  expect(sent.retried).toBeGreaterThan(0)
  await settle(daemon, load)
})

const unable = whyNoDisk('tmpfs')
test.skipIf(unable)(
  `a full disk is answered with 503, and freed it takes events again${unable ? `: ${unable}` : ''}`,
  { timeout: 120_000 },
  async () => {
    disk = makeDisk('tmpfs', 256)
    const ledgerDir = mkdtempSync(join(tmpdir(), 'beacon-ledger-'))
    daemon = await startTestDaemon({ root: join(disk.path, 'home'), config: { max_bytes: 100_000_000 } })
    const load = startLoad({
      url: daemon.url(),
      ledgerDir,
      run: 'disk',
      seed: 4,
      duration_ms: 5_000,
      drain_ms: 60_000,
    })
    await daemon.until('some events', ({ books }) => (books?.archived ?? 0) > 500)
    const ballast = join(disk.path, 'ballast')
    fill(disk.path, ballast)
    let refused = 0
    for (let i = 0; i < 100 && refused < 3; i++) {
      await sleep(50)
      if ((await post(daemon.url(), 'prober')).status === 503) refused++
    }
    expect(refused).toBe(3)
    await sleep(2_000)
    rmSync(ballast)
    const sent = await load.finish()
    expect(sent.unsent).toBe(0)
    await daemon.until('ready again', ({ ready }) => ready)
    await settle(daemon, load)
    rmSync(ledgerDir, { recursive: true, force: true })
  },
)

const post = (url: string, agent_id: string): Promise<Response> =>
  fetch(`${url}/ingest/state`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ agent_id, status: 'running' }),
  })

/** Takes every free byte, while others write too. */
function fill(path: string, file: string): void {
  const { bavail, bsize } = statfsSync(path)
  try {
    writeFileSync(file, Buffer.alloc(bavail * bsize))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
