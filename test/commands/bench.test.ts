// The instruments of `beacon bench`. What they measure is no matter of a test.

import { describe, expect, test } from 'vitest'
import { percentile, toLimit } from '../../src/commands/bench-row.ts'
import { makeBenchTerminal } from '../../src/commands/bench-terminal.ts'
import { toViewRows, type ViewBench } from '../../src/commands/bench-view.ts'
import { makeBenchFeed } from '../../src/commands/bench-view-feed.ts'
import type { FleetFrame, ViewMessage } from '../../src/core/view.ts'
import { beacon } from '../kit/run-beacon.ts'

describe('rows', () => {
  test('a percentile is a value that was measured', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i)
    expect([0.5, 0.95, 0.99, 1].map((p) => percentile(values, p))).toEqual([50, 95, 99, 100])
    expect(percentile([7], 0.5)).toBe(7)
    expect(percentile([], 0.5)).toBe(0)
  })

  test('a limit is met by itself and by less', () => {
    expect([24.9, 25, 25.1].map((value) => toLimit('b', 'w', value, 25, 'ms').met)).toEqual([
      true,
      true,
      false,
    ])
  })

  test('the budgets of the screen are judged one by one', () => {
    const good: ViewBench = {
      views: [{ view: 'fleet', frames: 50, cpu_ms_per_frame: 20, bytes_per_frame: 5_000 }],
      key_p50_ms: 10,
      key_p95_ms: 40,
      growth: { frames: 9_000, heap_before_bytes: 20_000_000, heap_after_bytes: 19_000_000 },
      idle: { seconds: 5, frames: 0 },
      beat: [
        { bpm: 120, seconds: 5, frames: 31, cpu_percent: 1 },
        { bpm: 1_000, seconds: 5, frames: 51, cpu_percent: 2 },
      ],
    }
    const missed = (bench: ViewBench): string[] =>
      toViewRows(bench).flatMap(({ what, met }) => (met === false ? [what] : []))
    expect(missed(good)).toEqual([])
    expect(missed({ ...good, key_p95_ms: 51 })).toEqual(['key → screen p95'])
    expect(missed({ ...good, idle: { seconds: 5, frames: 1 } })).toEqual([
      'frames in 5 idle seconds, no pulse',
    ])
    const restless = [{ bpm: 120, seconds: 5, frames: 32, cpu_percent: 1 }]
    expect(missed({ ...good, beat: restless })).toEqual(['frames in 5 idle seconds, 120 BPM'])
    const growth = { ...good.growth, heap_after_bytes: 23_000_000 }
    expect(missed({ ...good, growth })).toEqual(['growth over 9,000 frames'])
  })
})

describe('the counting terminal', () => {
  test('counts bytes, not characters, and frames by the end of their update', () => {
    const terminal = makeBenchTerminal(80, 24)
    terminal.stdout.write('\u001b[?2026hä')
    expect([terminal.bytes, terminal.frames]).toEqual([10, 0])
    terminal.stdout.write('\u001b[?2026l')
    terminal.stdout.write('\u001b[?2026l\u001b[?2026l')
    expect([terminal.bytes, terminal.frames]).toEqual([34, 3])
  })

  test('a key is answered when its text is there, in however many pieces, and not by what was there before', async () => {
    const terminal = makeBenchTerminal(80, 24)
    terminal.stdout.write('help')
    let answered = false
    const shown = terminal.pressUntil('?', 'help').then(() => {
      answered = true
    })
    expect(terminal.stdin.read().toString()).toBe('?')
    terminal.stdout.write('\u001b[1mhe\u001b[0m')
    await Promise.resolve()
    expect(answered).toBe(false)
    terminal.stdout.write('lp')
    await shown
  })

  test('a key without an answer is an error that names both', async () => {
    const terminal = makeBenchTerminal(80, 24)
    await expect(terminal.pressUntil('?', 'help', 1)).rejects.toThrow('did not show "help" after "?"')
  })
})

describe('the aggregator without NATS', () => {
  function open(query: object) {
    const messages: ViewMessage[] = []
    const feed = makeBenchFeed(500, (message) => messages.push(message))
    feed.want(query)
    const next = (events: number): ViewMessage => {
      feed.tick(events)
      const message = messages.at(-1) as ViewMessage
      if (message.type !== 'closed') feed.confirm(message.frame)
      return message
    }
    return { feed, next, messages }
  }

  test('each tick is a frame of the real fold in which rows change, and the query may change', () => {
    const { feed, next } = open({ limit: 20 })
    const first = next(100) as FleetFrame
    const second = next(100) as FleetFrame
    expect(first.totals.agents).toBe(500)
    expect(second.seq).toBe(first.seq + 100)
    expect(first.rows).toHaveLength(20)
    expect(second.rows).not.toEqual(first.rows)
    feed.want({ limit: 5, columns: ['agent'] })
    expect((next(100) as FleetFrame).rows).toHaveLength(5)
  })

  test('a screen that does not confirm gets nothing more', () => {
    const { feed, messages } = open({})
    feed.tick(100)
    feed.tick(100)
    expect(messages).toHaveLength(1)
  })

  test('when nothing happens for long, nothing but a quiet message comes', () => {
    const { feed, next, messages } = open({})
    next(100)
    feed.fallSilent(3 * 86_400_000)
    for (let i = 0; i < 20; i++) next(0)
    const before = messages.length
    for (let i = 0; i < 300; i++) next(0)
    expect(new Set(messages.slice(before).map(({ type }) => type))).toEqual(new Set(['quiet']))
  })

  test('a query that no aggregator would take is an error', () => {
    expect(() => open({ sort: 'beauty' })).toThrow('query.sort')
  })
})

test('a bench that there is not is wrong usage, and the others are named', async () => {
  const { code, stderr } = await beacon('bench speed')
  expect(code).toBe(2)
  for (const name of ['ingest', 'archive', 'view', 'glass']) expect(stderr).toContain(name)
})
