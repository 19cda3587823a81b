import fc from 'fast-check'
import { expect, test } from 'vitest'
import { displayWidth } from '../../../src/core/display-width.ts'
import type { Series } from '../../../src/core/view.ts'
import { addSeries } from '../../../src/tui/charts/add-series.ts'
import { chartsInit } from '../../../src/tui/charts/charts-state.ts'
import { chartsView } from '../../../src/tui/charts/charts-view.ts'
import { drawLineChart, niceMax } from '../../../src/tui/charts/line-chart.ts'
import { makeModel } from '../../../src/tui/model.ts'
import { makePaint } from '../../../src/tui/paint.ts'
import { makeFrame } from '../frames.ts'

const from_s = 1_782_475_200

function makeSeries(events: number[], from = from_s, statuses: string[] = ['running']): Series {
  const same = (value: number): number[] => events.map(() => value)
  return {
    from_s: from,
    events,
    errors: same(1),
    lag_ms: same(5),
    agents: same(10),
    by_health: [same(9), same(1), same(0), same(0), same(0)],
    by_status: statuses.map((status) => ({ status, agents: same(3) })),
  }
}

const model = makeModel({ columns: 120, rows: 40, now_ms: 0, wall_ms: 0 })
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are looked for here
const plain = (lines: string[]): string[] => lines.map((line) => line.replace(/\u001b\[[0-9;]*m/g, ''))
const paintOf = (theme: 'dark' | 'mono', ascii = false) => makePaint({ color: true, theme, ascii })

test('seconds that come in parts, some twice, become the series that they were cut from', () => {
  const whole = makeSeries(Array.from({ length: 300 }, (_, i) => i))
  const cut = (a: number, b: number): Series => makeSeries(whole.events.slice(a, b), from_s + a)
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(30), fc.nat(60)), { maxLength: 20 }), (steps) => {
      let series: Series = cut(0, 10)
      let end = 10
      for (const [back, length] of steps) {
        const start = Math.max(0, end - back)
        end = Math.max(end, Math.min(300, start + length))
        series = addSeries(series, cut(start, Math.min(300, start + length)))
      }
      expect(series).toEqual(cut(0, end))
    }),
  )
})

test('a hole between two parts counts as nothing, and ten minutes are kept', () => {
  const joined = addSeries(makeSeries([7, 7]), makeSeries([8], from_s + 4))
  expect(joined.events).toEqual([7, 7, 0, 0, 8])
  expect(addSeries(joined, makeSeries(Array(700).fill(1), from_s + 5)).events.length).toBe(600)
})

test('a status that appears later has no agents before', () => {
  const joined = addSeries(makeSeries([1]), makeSeries([1], from_s + 1, ['running', 'error']))
  expect(joined.by_status).toEqual([
    { status: 'running', agents: [3, 3] },
    { status: 'error', agents: [0, 3] },
  ])
})

test('the higher value is drawn higher, and each line has its own painter', () => {
  const paint = paintOf('dark')
  const low = Array<number>(60).fill(10)
  const high = Array<number>(60).fill(90)
  const chart = {
    columns: 40,
    rows: 12,
    labels: low.map(() => 't'),
    label_step: 12,
    lines: [low, high],
    max: 100,
  }
  const rows = drawLineChart(chart, [paint.good, paint.bad], paint)
  const rowOf = (painter: unknown): number =>
    rows.findIndex((row) => row.some(([, each]) => each === painter))
  expect(rows.length).toBe(12)
  expect(rowOf(paint.bad)).toBeGreaterThanOrEqual(0)
  expect(rowOf(paint.good)).toBeGreaterThan(rowOf(paint.bad))
})

test('the scale ends at a round number above the highest value', () => {
  expect([0, 1, 9, 11, 99, 101, 4_000, 51_000].map((value) => niceMax(value, 5))).toEqual([
    5, 5, 10, 20, 100, 200, 5_000, 100_000,
  ])
})

test('at any size, in any theme, there are exactly as many lines as asked for and none is too wide', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 60, max: 200 }),
      fc.integer({ min: 5, max: 60 }),
      fc.constantFrom('dark' as const, 'mono' as const),
      fc.boolean(),
      fc.array(fc.nat(100_000), { minLength: 1, maxLength: 30 }),
      fc.string({ unit: 'grapheme' }),
      (columns, rows, theme, ascii, events, status) => {
        const state = { ...chartsInit, series: makeSeries(events, from_s, [status, 'b']) }
        const lines = chartsView.lines(model, state, { columns, rows }, paintOf(theme, ascii))
        expect(lines.length).toBe(rows)
        for (const line of plain(lines)) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
      },
    ),
    { numRuns: 60 },
  )
})

test('the newest value stands beside each name; keys change the time and the chart', () => {
  const frame = makeFrame([], { series: makeSeries([5, 1_234]) })
  const size = { columns: 120, rows: 30 }
  let [state] = chartsView.update(model, chartsInit, { type: 'frame', frame }, size)
  const press = (action: string): void => {
    ;[state] = chartsView.update(model, state, { type: 'action', action }, size)
  }
  const text = (): string => plain(chartsView.lines(model, state, size, paintOf('dark'))).join('\n')
  expect(text()).toMatch(/events\/s {3}events 1,234 {3}errors 1 {3}peak 1,234/)
  expect(text()).toContain('agents by status')
  press('zoom')
  expect(text()).not.toContain('agents by status')
  press('narrower')
  expect(text()).toContain('-48s')
  press('narrower')
  expect(state.window_s).toBe(60)
})

test('without colours each line is a sparkline with its name', () => {
  const state = { ...chartsInit, series: makeSeries([1, 2, 3]) }
  const text = chartsView.lines(model, state, { columns: 80, rows: 24 }, paintOf('mono', true)).join('\n')
  expect(text).toMatch(/events .*3$/m)
  expect(text).not.toMatch(/[\u2800-\u28ff█]/)
})

test('a click on a spike goes to the fleet at that second', () => {
  const events = Array<number>(300).fill(10)
  events[240] = 5_000
  const state = { ...chartsInit, series: makeSeries(events), zoomed: 'throughput' }
  const size = { columns: 120, rows: 30 }
  const lines = plain(chartsView.lines(model, state, size, paintOf('dark')))
  // The peak is the highest dot of the chart, below its title.
  const row = lines.findIndex((line, i) => i > 0 && /[\u2801-\u28ff]/.test(line.slice(8)))
  const column = 8 + (lines[row] as string).slice(8).search(/[\u2801-\u28ff]/)
  const click = { kind: 'click', row, column } as const
  const [, effects] = chartsView.update(model, state, { type: 'mouse', mouse: click }, size)
  expect(effects[0]).toEqual({ type: 'open', place: { view: 'fleet' } })
  const moment = effects[1]?.type === 'travel' && 'at_ms' in effects[1].moment ? effects[1].moment.at_ms : 0
  // A cell is several seconds wide.
  expect(Math.abs(moment / 1_000 - (from_s + 241))).toBeLessThanOrEqual(3)
})
