// `beacon beat` as a user runs it, against a real daemon with its pulse.

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestDaemon, type TestDaemon } from '../kit/daemon.ts'
import { beacon, makeHome, startBeacon } from '../kit/run-beacon.ts'
import { eventually } from '../kit/supervised-home.ts'

let daemon: TestDaemon
let home: string
beforeAll(async () => {
  daemon = await startTestDaemon({
    config: { gateways: 1, durability: 'fast', cluster: 'crew', tempo_bpm: 600, beats_per_bar: 4 },
  })
  home = daemon.home.root
})
afterAll(() => daemon?.dispose())

const run = (args: string, env: Record<string, string> = {}) => beacon(args, { home, env })

describe('beacon beat', () => {
  test('one glance, of the swarm that the daemon was started for', async () => {
    // The lateness of the very first beat is not measured: nobody waited for it.
    await eventually('a beat whose lateness is measured', async () => {
      const { stdout } = await run('beat -o json')
      return (JSON.parse(stdout) as { jitter_ms: object | null }).jitter_ms ?? undefined
    })
    const { code, stdout, stderr } = await run('beat')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^beat +\d+ · (plan|execute|review)( · downbeat)?\n/)
    expect(stdout).toMatch(/\nbar +beat [1-4] of 4 \(\d+–\d+\)\n/)
    expect(stdout).toMatch(/\nwindow +[0-9a-f]{32}\n/)
    expect(stdout).toMatch(/\ntempo +600 BPM, 100 ms a beat; may go to 540–660\n/)
    expect(stdout).toMatch(/\nleader +\S+\/\d+ \(epoch \d+\)\n/)
    expect(stdout).toMatch(/\njitter +p50 \S+ ms, p95 \S+ ms, p99 \S+ ms, max \S+ m?s\n/)
    expect(stdout).toMatch(/\ndrift +(no bar has ended yet|\S+ m?s (behind|ahead) in the last bar \(.*\))\n$/)
  })

  test('as JSON the document of GET /api/v1/status', async () => {
    const { stdout } = await run('beat -o json')
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'beacon.pulse.v1',
      cluster_id: 'crew',
      beat_index: expect.any(Number),
      tempo_bpm: 600,
      degraded: false,
    })
  })

  test('a setting of other bars is warned of', async () => {
    const { code, stderr } = await run('beat', { BEACON_BEATS_PER_BAR: '5' })
    expect(code).toBe(0)
    expect(stderr).toBe('The setting beats_per_bar = 5 has no effect: this cluster began with bars of 4.\n')
  })

  test('without a daemon it ends with 4', async () => {
    const { code, stdout } = await beacon('beat', { home: makeHome() })
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
  })

  test('of another cluster there is no pulse', async () => {
    const nats = `nats://${await natsOf()}`
    const { code, stderr } = await run(`beat --nats ${nats}`, { BEACON_CLUSTER: 'nobody' })
    expect(code).toBe(4)
    expect(stderr).toContain('no pulse of the cluster nobody is there')
  })
})

describe('beacon beat -f', () => {
  test('a line of JSON a beat, each once; Ctrl-C ends it with 130', async () => {
    const running = startBeacon('beat -f -o jsonl', { home })
    const lines = () => running.printed().stdout.split('\n').slice(0, -1)
    await eventually('ten beats', () => lines().length >= 10 || undefined)
    running.child.kill('SIGINT')
    const { code, stderr } = await running.ended
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' })
    const rows = lines().map((line) => JSON.parse(line) as { beat_index: number })
    expect(rows[0]).toEqual({
      schema: 'beacon.beat.v1',
      at: expect.any(String),
      beat_index: expect.any(Number),
      downbeat: expect.any(Boolean),
      window_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      from_beat: expect.any(Number),
      to_beat: expect.any(Number),
      tempo_bpm: 600,
      deadline_at: expect.any(String),
      leader: expect.any(String),
      epoch: expect.any(Number),
      late_ms: expect.any(Number),
      degraded: false,
    })
    const indexes = rows.map((row) => row.beat_index)
    expect(indexes).toEqual(indexes.map((_, i) => (indexes[0] ?? 0) + i))
  })

  test('csv begins with its heading, and text has the place in the bar', async () => {
    for (const [output, pattern] of [
      ['csv', /^at,beat_index,downbeat,window_id,.*,degraded\r\n\d{4}-.*,600,.*\r\n/],
      ['table', /^\d\d:\d\d:\d\d\.\d{3} +▌? +\d+ +[1-4]\/4 +600 BPM +\+\d+\.\d ms\n/],
    ] as const) {
      const running = startBeacon(`beat -f -o ${output}`, { home })
      await eventually('two lines', () => running.printed().stdout.split('\n').length > 2 || undefined)
      running.child.kill('SIGTERM')
      const { code, stdout } = await running.ended
      expect(code).toBe(143)
      expect(stdout).toMatch(pattern)
    }
  })

  test('a closed pipe ends it quietly', async () => {
    const running = startBeacon('beat -f -o jsonl', { home })
    await eventually('a beat', () => running.printed().stdout.includes('\n') || undefined)
    running.child.stdout?.destroy()
    const { code, stderr } = await running.ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  test('a document cannot follow', async () => {
    expect(await run('beat -f -o json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a document cannot follow'),
    })
  })
})

const natsOf = async (): Promise<string> => {
  const { broker } = await daemon.status()
  const url = new URL(readFileSync(`${daemon.home.credentials}/reader.url`, 'utf8').trim())
  return `${url.username}:${url.password}@${broker.address}`
}
