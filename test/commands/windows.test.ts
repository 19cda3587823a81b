import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WindowDocument, WindowsDocument } from '../../src/core/bar-report.ts'
import { startTestDaemon, type TestDaemon } from '../kit/daemon.ts'
import { beacon, makeHome } from '../kit/run-beacon.ts'
import { eventually } from '../kit/supervised-home.ts'

let daemon: TestDaemon
const run = (args: string) => beacon(args, { home: daemon.home.root })
const windows = async () => JSON.parse((await run('windows -o json')).stdout) as WindowsDocument

// A bar of two seconds.
beforeAll(async () => {
  daemon = await startTestDaemon({ config: { gateways: 1, beats_per_bar: 8, tempo_bpm: 240 } })
}, 60_000)
afterAll(() => daemon?.dispose())

test('a table: each open bar with the agents that reported and what they do', async () => {
  await eventually('the beat', async () => ((await run('beat')).code === 0 ? true : undefined))
  expect(await run('claim --agent a-1 --state executing --task t1')).toMatchObject({ code: 0 })
  const claimed = await eventually('the claim', async () =>
    (await windows()).windows.find((each) => each.claims === 1),
  )
  const { code, stdout } = await run('windows')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^WINDOW +BEATS +AGENTS +BEFORE +ON TIME +HELP +CLAIMS +LATE +REPORTED +STATES\n/)
  const { window_id, from_beat, to_beat } = claimed
  expect(stdout).toMatch(
    new RegExp(
      `${window_id.slice(0, 8)} +${from_beat}–${to_beat} +1 +0 +0 +0 +1 +0 +(not yet|revision \\d) +1 executing\\n`,
    ),
  )
})

test('an open one in full is found by the beginning of its id, and once it is over by its report', async () => {
  const { windows: open, cluster_id } = await windows()
  const { window_id } = open.at(-1) as (typeof open)[0]
  const { code, stdout } = await run(`windows ${window_id.slice(0, 12)}`)
  expect(code).toBe(0)
  expect(stdout).toMatch(new RegExp(`^${window_id} · beats \\d+–\\d+ of ${cluster_id}\n`))
  expect(stdout).toMatch(
    /\nopen, (not reported yet|reported, revision \d+)\n\nCOUNTS\n {2}agents reporting +\d+, \d+ in the bar before\n/,
  )
  const over = await eventually('its end', async () => {
    const document = JSON.parse((await run(`windows ${window_id} -o json`)).stdout) as WindowDocument
    return document.open ? undefined : document
  })
  expect(over).toMatchObject({ schema: 'beacon.window.v1', cluster_id, window: null, report: { window_id } })
}, 90_000)

test.each<[string, number, RegExp]>([
  ['windows ffffffffffff', 3, /no window 'ffffffffffff' is open or was reported\n.*beacon bars/],
  ['windows nonsense', 2, /'nonsense' is no id of a window/],
])('%s: exit code %i, and the message says what to do', async (args, code, message) => {
  const ran = await run(args)
  expect([ran.code, ran.stderr]).toEqual([code, expect.stringMatching(message)])
})

test('without a daemon nobody knows what is open', async () => {
  expect(await beacon('windows', { home: makeHome() })).toMatchObject({ code: 4, stdout: '' })
})
