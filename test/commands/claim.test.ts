// `beacon claim` as a user runs it, against a real daemon with its pulse.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestDaemon, type TestDaemon } from '../kit/daemon.ts'
import { beacon } from '../kit/run-beacon.ts'

let daemon: TestDaemon
let home: string
beforeAll(async () => {
  daemon = await startTestDaemon({ config: { gateways: 1, durability: 'fast', tempo_bpm: 0.1 } })
  home = daemon.home.root
})
afterAll(() => daemon?.dispose())

const claim = (...args: string[]) => beacon(['claim', ...args], { home })
const present = async (): Promise<number> =>
  ((await (await fetch(`${daemon.url()}/api/v1/status`)).json()) as { beat_index: number }).beat_index
const history = async (agent: string) =>
  (await beacon(['history', agent, '-o', 'jsonl'], { home })).stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

describe('a claim', () => {
  test('returns when it is durable, and prints its sequence', async () => {
    const args = ['--task', 'build', '--beats-left', '12', '--progress', '.4', '--notes', 'half way']
    const { code, stdout, stderr } = await claim('--agent', 'a:1', '--state', 'executing', ...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(await history('a:1')).toMatchObject([
      {
        seq: Number(stdout),
        kind: 'claim',
        status: 'executing',
        metadata: {
          beat_index: await present(),
          hlc: expect.stringMatching(/^[0-9a-f]{4}(:[0-9a-f]{4}){2}$/),
          task_id: 'build',
          beats_left: 12,
          progress: 0.4,
          notes: 'half way',
          on_time: true,
          late: false,
        },
      },
    ])
  })

  test('as JSON says how it counts; an alias of a state is understood', async () => {
    const { stdout } = await claim('--agent', 'json', '--state', 'DONE', '-o', 'json')
    expect(JSON.parse(stdout)).toEqual({
      schema: 'beacon.claim.v1',
      status: 'accepted',
      seq: expect.any(Number),
      beat_index: await present(),
      window_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      on_time: true,
      late: false,
    })
    expect(await history('json')).toMatchObject([{ status: 'completed' }])
  })

  test('may be a beat early, of the beat that is named', async () => {
    const next = String((await present()) + 1)
    expect(await claim('--agent', 'early', '--state', 'idle', '--beat', next)).toMatchObject({ code: 0 })
  })
})

describe('what is refused', () => {
  test.each([
    ['an agent id that is none', ['--agent', 'a b', '--state', 'idle'], 2, /agent_id must be/],
    [
      'a state that is none',
      ['--agent', 'a', '--state', 'sleeping'],
      2,
      /--state: 'sleeping' is none of idle/,
    ],
    ['progress above 1', ['--agent', 'a', '--state', 'idle', '--progress', '1.1'], 2, /no share/],
    ['too many beats left', ['--agent', 'a', '--state', 'idle', '--beats-left', '1001'], 2, /0 to 1000/],
    [
      'notes that are too long',
      ['--agent', 'a', '--state', 'idle', '--notes', 'n'.repeat(257)],
      2,
      /257 char/,
    ],
    ['a beat to come', ['--agent', 'a', '--state', 'idle', '--beat', '1000000'], 5, /still to come/],
    ['no agent', ['--state', 'idle'], 2, /--agent/],
  ])('%s', async (_, args, code, message) => {
    const ran = await claim(...args)
    expect(ran).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message) })
  })

  test('without a daemon: exit 4', async () => {
    const ran = await beacon(['claim', '--agent', 'a', '--state', 'idle'], { home: `${home}/none` })
    expect(ran).toMatchObject({ code: 4, stdout: '' })
  })
})

test('a scrape has every name of the contract, once, and no agent in it', async () => {
  await claim('--agent', 'scraped', '--state', 'idle')
  const text = await (await fetch(`${daemon.url()}/metrics`)).text()
  const names = [...text.matchAll(/^# TYPE (backbeat_\w+) (\w+)$/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  )
  expect(names.toSorted()).toEqual([
    'backbeat_beats_total counter',
    'backbeat_current_tempo_bpm gauge',
    'backbeat_is_leader gauge',
    'backbeat_pulse_jitter_seconds histogram',
    'backbeat_reverb_agents_reporting gauge',
    'backbeat_reverb_claims_processed_total counter',
    'backbeat_reverb_on_time_reviews gauge',
    'backbeat_reverb_window_processing_seconds histogram',
    'backbeat_reverb_windows_completed_total counter',
  ])
  expect(text).toMatch(/^backbeat_is_leader\{instance="pulse"\} 1$/m)
  expect(text).not.toContain('scraped')
})
