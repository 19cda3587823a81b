// kill -9 of each process at random moments under load, 20 rounds each: nothing acknowledged is lost, none twice,
// none out of order, by the simulator's ledger.

import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { makeRandom } from '../../src/sim/random.ts'
import { startTestDaemon, type TestDaemon } from '../kit/daemon.ts'
import { expectProved, judge, startLoad } from '../kit/load.ts'

const rounds = Number(process.env.BEACON_TEST_ROUNDS ?? 20)
const seed = Number(process.env.BEACON_TEST_SEED ?? Date.now() % 100_000)
let daemon: TestDaemon | undefined

afterEach(async () => {
  await daemon?.dispose()
  daemon = undefined
})

const limit_ms = 300_000

for (const victim of ['gateway-1', 'archiver', 'nats-server', 'supervisor'] as const) {
  test(`${rounds} × kill -9 of the ${victim} under load lose nothing (seed ${seed})`, {
    timeout: limit_ms,
  }, async () => {
    const random = makeRandom(seed)
    daemon = await startTestDaemon()
    const stopLoad = Promise.withResolvers<void>()
    const load = loadUntil(daemon, stopLoad.promise)
    for (let round = 0; round < rounds; round++) {
      await sleep(100 + random.below(400))
      // A service that dies again and again is started after longer and longer waits: a restart forgets them.
      if (round % 4 === 3) {
        await daemon.stop()
        await daemon.start()
      }
      await daemon.kill(victim)
      if (victim === 'supervisor') await daemon.start()
      await daemon.until(`ready after round ${round}`, (status) => status.ready)
    }
    stopLoad.resolve()
    const runs = await load
    await daemon.until('all archived', (status) => status.books?.in_flight === 0)
    const { books } = await daemon.status()
    expect(books?.balanced).toBe(true)
    await daemon.stop()
    for (const run of runs) expectProved(await judge(daemon.home, run))
  })
}

/** Load without a pause until `over` resolves, as runs of a few seconds each. */
async function loadUntil(
  target: TestDaemon,
  over: Promise<void>,
): Promise<{ run: string; ledgerDir: string }[]> {
  const runs: { run: string; ledgerDir: string }[] = []
  let done = false
  void over.then(() => {
    done = true
  })
  while (!done) {
    const run = { run: `load-${runs.length}`, ledgerDir: target.home.runs }
    const result = await startLoad({
      ...run,
      url: target.url(),
      seed: seed + runs.length,
      duration_ms: 3_000,
    }).finish()
    expect(result.unsent).toBe(0)
    runs.push(run)
  }
  return runs
}
