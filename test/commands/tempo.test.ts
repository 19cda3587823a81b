// `beacon tempo` as a user runs it, against a real daemon with its pulse.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDaemon, type TestDaemon } from '../kit/daemon.ts'
import { beacon, makeHome } from '../kit/run-beacon.ts'
import { eventually } from '../kit/supervised-home.ts'

let daemon: TestDaemon
let home: string
beforeAll(async () => {
  daemon = await startTestDaemon({ config: { gateways: 1, durability: 'fast', tempo_bpm: 600 } })
  home = daemon.home.root
})
afterAll(() => daemon?.dispose())

const tempo = (args = '') => beacon(`tempo ${args}`, { home })

test('shows the tempo and what it may be changed to', async () => {
  expect(await tempo()).toMatchObject({ code: 0, stdout: '600 BPM; it may go to 540–660\n', stderr: '' })
  expect(JSON.parse((await tempo('-o json')).stdout)).toEqual({
    schema: 'beacon.tempo.v1',
    cluster_id: 'beacon',
    tempo_bpm: 600,
    tempo_next: null,
    tempo_min_bpm: 540,
    tempo_max_bpm: 660,
  })
})

test('a change names its beat, comes into force, and outlives the daemon', async () => {
  const { code, stdout } = await tempo('630')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^630 BPM from beat \d+ on, 600 until then\n$/)
  await eventually('the new tempo', async () => (await tempo()).stdout.startsWith('630 BPM;') || undefined)
  await daemon.stop()
  await daemon.start()
  expect((await tempo()).stdout).toBe('630 BPM; it may go to 567–693\n')
  // The same again is no change.
  expect((await tempo('630')).stdout).toBe('630 BPM; it may go to 567–693\n')
})

test.each(['800', '100', '1000', '0.1'])('%s BPM at once is too far: 5, and the range', async (bpm) => {
  const { code, stdout, stderr } = await tempo(bpm)
  expect({ code, stdout }).toEqual({ code: 5, stdout: '' })
  expect(stderr).toMatch(/^beacon: The tempo is refused: .*from \d+ BPM the tempo may go to \d+–\d+\n/)
})

test.each(['0', 'fast', '1000.1', '600.05', '1e3', 'NaN'])('%s is no tempo', async (bpm) => {
  const { code, stderr } = await tempo(bpm)
  expect(code).toBe(2)
  expect(stderr).toContain(`BPM: '${bpm}' is no tempo: write`)
})

test('without a daemon it ends with 4', async () => {
  expect((await beacon('tempo 600', { home: makeHome() })).code).toBe(4)
})
