import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BarReport, StoredBar } from '../../src/core/bar-report.ts'
import { toHome } from '../../src/daemon/home.ts'
import { openWriter } from '../daemon/archive/kit.ts'
import { beatsPerBar, makeReport, toStored } from '../daemon/archive/make-bars.ts'
import { start_ms } from '../daemon/archive/make-events.ts'
import { startTestDaemon } from '../kit/daemon.ts'
import { beacon, makeHome, startBeacon } from '../kit/run-beacon.ts'
import { eventually } from '../kit/supervised-home.ts'

const minute_ms = 60_000
const hostile = 'evil\u001b[2J'

const bar = (n: number, more: Partial<BarReport> = {}): BarReport => ({
  ...makeReport(n * beatsPerBar, { issued_at_ms: start_ms + n * minute_ms }),
  ...more,
})
const issues: BarReport['issues'] = [
  { severity: 'info', category: 'late_claim', count: 2, agents: ['a', 'b'], message: '2 claims came late' },
  { severity: 'critical', category: 'failed_task', count: 1, agents: [hostile], message: 'a task failed' },
]

/** Ten bars; the eighth has two revisions, the last issues. */
const reports = [
  ...Array.from({ length: 8 }, (_, i) => bar(i + 1, { agents_reporting: i + 1, tempo_drift_ms: 0.5 })),
  bar(9),
  bar(8, { agents_reporting: 9, revision: 1 }),
  bar(10, {
    issues,
    agents_reporting: 7,
    on_time_reviews: 5,
    help_promises_fulfilled: 2,
    tempo_drift_ms: -12.25,
  }),
]

describe('of an archive whose daemon is stopped', () => {
  let home: string
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'beacon-home-'))
    const writer = await openWriter(toHome(home).archive)
    await writer.append(
      [],
      [],
      reports.map((report, i) => toStored(i + 1, report)),
    )
    await writer.close()
  })
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  const run = (args: string) => beacon(args, { home })
  const seqs = async (args: string) =>
    (await run(`${args} -o jsonl`)).stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as StoredBar).seq)

  test('a table: the last report of each window, oldest first, with what was wrong in words', async () => {
    const { code, stdout, stderr } = await run('bars')
    const lines = stdout.trimEnd().split('\n')
    expect([code, stderr, lines.length]).toEqual([0, '', 11])
    expect(lines[0]).toMatch(/^WHEN +WINDOW +BEATS +REV +AGENTS +ON TIME +HELP +DRIFT +ISSUES$/)
    expect(lines[1]).toMatch(/^2026-11-21 00:01:00Z +[0-9a-f]{8} +4–7 +0 +1 +0 +0 +\+0\.5 ms +-$/)
    expect(lines[10]).toMatch(/ 40–43 +0 +7 +5 +2 +-12\.3 ms +critical: 1 failed task; info: 2 late claim$/)
  })

  test('-n, --since, --until and --revisions choose', async () => {
    expect(await seqs('bars')).toEqual([1, 2, 3, 4, 5, 6, 7, 9, 10, 11])
    expect(await seqs('bars --revisions')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(await seqs('bars -n 3')).toEqual([9, 10, 11])
    expect(await seqs('bars --since 2026-11-21T00:08:00Z')).toEqual([9, 10, 11])
    expect(await seqs('bars --until 2026-11-21T00:02:00Z')).toEqual([1, 2])
    expect(await seqs('bars --since 2026-11-21T00:02:00Z --until 2026-11-21T00:03:00Z -n 1')).toEqual([3])
  })

  test('one report in full is found by the beginning of its id, and cannot steer the terminal', async () => {
    const { window_id } = bar(10)
    const { code, stdout } = await run(`bars ${window_id.slice(0, 10).toUpperCase()}`)
    expect(code).toBe(0)
    expect(stdout).toContain(
      `${window_id} · beats 40–43 of test\nrevision 0, issued 2026-11-21T00:10:00.000Z\n`,
    )
    expect(stdout).toMatch(/COUNTS\n {2}agents reporting +7\n {2}on time reviews +5\n {2}help fulfilled +2\n/)
    expect(stdout).toMatch(
      /ISSUES\n {2}critical +1 +failed task +a task failed +evil\\e\[2J\n {2}info +2 +late claim/,
    )
    expect(stdout).not.toContain('\u001b')
    const json = JSON.parse((await run(`bars ${window_id} -o json`)).stdout) as object
    expect(json).toEqual({ schema: 'beacon.bar.v1', ...reports[10], seq: 11 })
  })

  test('a window shows its last revision, or with --revisions all of them', async () => {
    const { window_id } = bar(8)
    expect((await run(`bars ${window_id}`)).stdout).toContain('revision 1, ')
    expect(await seqs(`bars ${window_id} --revisions`)).toEqual([8, 10])
  })

  test('json, jsonl and csv are documents with every field', async () => {
    const document = JSON.parse((await run('bars -n 2 -o json')).stdout) as object
    expect(document).toEqual({
      schema: 'beacon.bars.v1',
      bars: [
        { ...reports[9], seq: 10 },
        { ...reports[10], seq: 11 },
      ],
    })
    const [line] = (await run('bars -n 1 -o jsonl')).stdout.split('\n')
    expect(JSON.parse(line as string)).toEqual({ schema: 'beacon.bar.v1', ...reports[10], seq: 11 })
    const csv = (await run('bars -n 1 -o csv')).stdout.split('\r\n')
    expect(csv[0]).toContain(
      'issued_at,seq,cluster_id,window_id,from_beat,to_beat,revision,agents_reporting,',
    )
    expect(csv[1]).toContain(`2026-11-21T00:10:00.000Z,11,test,${bar(10).window_id},40,43,0,7,5,2,`)
  })

  test.each<[string, number, RegExp]>([
    // Of eleven ids of sixteen possible beginnings some share the first digit.
    [`bars ${sharedDigit()}`, 2, /begins the ids of \d windows: [0-9a-f]{8} \(\d+–\d+\), /],
    ['bars xyz', 2, /'xyz' is no id of a window/],
    ['bars 0000000000', 3, /no window whose id begins with 0000000000 was reported\n.*beacon windows/],
    ['bars --since 1s', 3, /no bar was reported\nWiden the bounds/],
    ['bars -f', 4, /daemon start/],
    ['bars -f -o json', 2, /a document cannot follow\n.*jsonl/],
    ['bars abc -f', 2, /one report cannot follow/],
  ])('%s: exit code %i, and the message says what to do', async (args, code, message) => {
    const ran = await run(args)
    expect([ran.code, ran.stderr]).toEqual([code, expect.stringMatching(message)])
  })
})

function sharedDigit(): string {
  const digits = [...new Set(reports.map(({ window_id }) => window_id))].map((id) => id[0] as string)
  const shared = digits.find((digit, i) => digits.indexOf(digit) !== i)
  if (shared === undefined) throw new Error('no two ids begin alike')
  return shared
}

test('an empty home has nothing to show, and says how to begin', async () => {
  const ran = await beacon('bars', { home: makeHome() })
  expect([ran.code, ran.stdout]).toEqual([4, ''])
  expect(ran.stderr).toContain('beacon daemon start')
})

test('-f prints what is archived, what is in the stream and what comes, each once, through the end of a broker', async () => {
  // A bar each second.
  const daemon = await startTestDaemon({ config: { gateways: 1, beats_per_bar: 4, tempo_bpm: 240 } })
  const home = daemon.home.root
  try {
    const followed = (out: string): StoredBar[] =>
      out
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as StoredBar)
    await eventually('some bars', async () =>
      followed((await beacon('bars -o jsonl', { home })).stdout).length >= 2 ? true : undefined,
    )
    const following = startBeacon('bars -f --revisions -o jsonl', { home })
    const has = (count: number) =>
      eventually(`${count} reports`, async () =>
        followed(following.printed().stdout).length >= count ? true : undefined,
      )
    await has(4)
    await daemon.kill('nats-server')
    await sleep(1_500)
    await daemon.until('up again', (status) => status.ready, 60_000)
    await has(followed(following.printed().stdout).length + 3)
    following.child.kill('SIGINT')
    const { code, stdout } = await following.ended
    expect(code).toBe(130)
    await daemon.stop()
    const all = followed((await beacon('bars --revisions -o jsonl', { home })).stdout)
    const seen = followed(stdout)
    expect(seen).toEqual(all.slice(0, seen.length))
    expect((await beacon('verify', { home })).stdout).toMatch(
      /\nreports +\d+ reports of bars, \d+ of them counted again/,
    )
  } finally {
    await daemon.dispose()
  }
}, 120_000)
