// The plug is pulled under load: what was never fsynced is gone. `durable` loses nothing acknowledged, in the stream
// and in the archive; `fast` loses at most the last moments, and never a stream or an archive.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Durability } from '../../src/core/config.ts'
import { makeRandom } from '../../src/sim/random.ts'
import { startTestDaemon } from '../kit/daemon.ts'
import { makeDisk, whyNoDisk } from '../kit/disk.ts'
import { judge, startLoad } from '../kit/load.ts'

const rounds = Number(process.env.BEACON_TEST_POWER_ROUNDS ?? 5)
const seed = Number(process.env.BEACON_TEST_SEED ?? Date.now() % 100_000)
const unable = whyNoDisk('ext4')
const rate = 2_000
/** `fast` syncs each 100 ms; a sync itself may take some of the next interval. */
const fast_window_ms = 300

for (const durability of ['durable', 'fast'] as const satisfies Durability[]) {
  const promise = durability === 'durable' ? 'nothing' : 'at most the last moments'
  const title = `${rounds} power cuts in ${durability} lose ${promise} (seed ${seed})`
  test.skipIf(unable)(unable ? `${title}: ${unable}` : title, { timeout: 300_000 }, async () => {
    const random = makeRandom(seed)
    const ledgerDir = mkdtempSync(join(tmpdir(), 'beacon-ledger-'))
    const disk = makeDisk('ext4', 384)
    const config = { durability, max_bytes: 100_000_000, gateways: 1 }
    const daemon = await startTestDaemon({ root: join(disk.path, 'home'), config })
    try {
      for (let round = 0; round < rounds; round++) {
        const run = `cut-${round}`
        const load = startLoad({
          url: daemon.url(),
          ledgerDir,
          run,
          seed: seed + round,
          rate,
          duration_ms: 2_500,
        })
        await sleep(600 + random.below(1_500))
        disk.cutPower(await daemon.pids())
        await daemon.start()
        const sent = await load.finish()
        expect(sent.unsent).toBe(0)
        await daemon.until('all archived', ({ books }) => books?.in_flight === 0 && books.balanced)
        await daemon.stop()
        const { verdict, lost, twice, out_of_order, unknown, acknowledged } = await judge(daemon.home, {
          run,
          ledgerDir,
        })
        expect(verdict.findings).toEqual([])
        expect({ twice, out_of_order, unknown }).toEqual({ twice: 0, out_of_order: 0, unknown: 0 })
        expect(acknowledged).toBeGreaterThan(1_000)
        expect(lost).toBeLessThanOrEqual(durability === 'durable' ? 0 : (rate * fast_window_ms) / 1_000)
        await daemon.start()
      }
    } finally {
      await daemon.dispose()
      disk.dispose()
      rmSync(ledgerDir, { recursive: true, force: true })
    }
  })
}
