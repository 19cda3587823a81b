import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StoredBar } from '../../../src/core/bar-report.ts'
import {
  addBars,
  addNewest,
  type BarList,
  currentBar,
  emptyBars,
  follow,
  freshOf,
  moveBy,
  revisedBy,
  scrollBy,
  selectAt,
  until,
  windowOf,
} from '../../../src/tui/bars/bar-list.ts'
import { makeBar } from './fake-bars.ts'

const barsFrom = (from: number, to: number): StoredBar[] =>
  Array.from({ length: to - from }, (_, i) => makeBar(from + i))
const listOf = (from: number, to: number): BarList => addBars(emptyBars, barsFrom(from, to))
const shown = (list: BarList, height: number): number[] => {
  const { from, to } = windowOf(list, height)
  return list.bars.slice(from, to).map(({ from_beat }) => from_beat / 120)
}

test('whatever the order, each window is there once, in its last revision, ascending', () => {
  const reports = fc.array(
    fc
      .record({ bar: fc.nat(20), revision: fc.nat(3) })
      .map(({ bar, revision }) => makeBar(bar, { revision })),
  )
  fc.assert(
    fc.property(fc.array(reports), (answers) => {
      const { bars } = answers.reduce(addBars, emptyBars)
      const all = answers.flat()
      const wanted = [...new Set(all.map(({ from_beat }) => from_beat))].toSorted((a, b) => a - b)
      expect(bars.map(({ from_beat }) => from_beat)).toEqual(wanted)
      for (const bar of bars) {
        const revisions = all.filter(({ window_id }) => window_id === bar.window_id)
        expect(bar.revision).toBe(Math.max(...revisions.map(({ revision }) => revision)))
      }
    }),
  )
})

test('an older revision, and one that is held, change nothing at all', () => {
  const list = addBars(emptyBars, [makeBar(1, { revision: 2 })])
  expect(addBars(list, [makeBar(1), makeBar(1, { revision: 2 })])).toBe(list)
  expect(revisedBy(list, [makeBar(1)])).toEqual([])
  expect(revisedBy(list, [makeBar(1, { revision: 3 }), makeBar(2)])).toEqual([makeBar(1).window_id])
})

test('the end is followed: the newest bars are shown, whatever comes', () => {
  const list = listOf(0, 30)
  expect(shown(list, 5)).toEqual([25, 26, 27, 28, 29])
  expect(shown(addBars(list, [makeBar(30)]), 5)).toEqual([26, 27, 28, 29, 30])
  expect(currentBar(list)?.from_beat).toBe(29 * 120)
})

test('whoever scrolls up stands still, what is new is counted, and following begins anew at the end', () => {
  const up = moveBy(listOf(0, 30), -1, 5)
  expect(currentBar(up)?.from_beat).toBe(29 * 120)
  const read = moveBy(up, -6, 5)
  const later = addBars(read, barsFrom(30, 33))
  expect(shown(later, 5)).toEqual(shown(read, 5))
  expect(currentBar(later)).toBe(currentBar(read))
  expect(freshOf(later)).toBe(3)
  expect(freshOf(addBars(later, [makeBar(29, { revision: 1 })]))).toBe(3)
  expect(shown(follow(later), 5)).toEqual([28, 29, 30, 31, 32])
  expect(freshOf(follow(later))).toBe(0)
  expect(moveBy(selectAt(later, 32, 5), 1, 5).following).toBe(true)
})

test('older bars that come in leave the window and the cursor where they are', () => {
  const read = selectAt(listOf(20, 30), 1, 5)
  const more = addBars(read, barsFrom(0, 20))
  expect(shown(more, 5)).toEqual(shown(read, 5))
  expect(currentBar(more)).toBe(currentBar(read))
})

test('the cursor is in the window, however it is moved', () => {
  const steps = fc.array(fc.integer({ min: -40, max: 40 }).filter((step) => step !== 0))
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 20 }),
      steps,
      (count, height, moves) => {
        let list = listOf(0, count)
        for (const step of moves) {
          list = Math.abs(step) % 3 === 0 ? scrollBy(list, step, height) : moveBy(list, step, height)
          const rows = shown(list, height)
          expect(rows.length).toBe(Math.min(count, height))
          const selected = list.selected === null ? undefined : currentBar(list)
          if (selected) expect(rows).toContain(selected.from_beat / 120)
        }
      },
    ),
  )
})

test('what is held behind a hole is forgotten when newer bars come that do not go on from there', () => {
  const list = listOf(0, 10)
  expect(addNewest(list, barsFrom(8, 12), true).bars.length).toBe(12)
  expect(addNewest(list, barsFrom(10, 12), true).bars.length).toBe(12)
  const apart = addNewest(list, barsFrom(50, 60), true)
  expect(apart.bars.length).toBe(10)
  expect(apart.more).toBe(true)
  // Between the bars there was no pulse: nothing lies in the hole.
  expect(addNewest(list, barsFrom(50, 60), false).bars.length).toBe(20)
})

test('of the past there is only what had been issued by then', () => {
  const list = addBars(listOf(0, 10), [makeBar(9, { revision: 1, issued_at: '2099-01-01T00:00:00.000Z' })])
  const at_ms = Date.parse(makeBar(9).issued_at)
  expect(until(list, at_ms).bars.map(({ from_beat }) => from_beat / 120)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
})

test('no list grows without end', () => {
  const list = listOf(0, 2_500)
  expect(list.bars.length).toBe(2_000)
  expect(list.bars.at(-1)?.from_beat).toBe(2_499 * 120)
  expect(list.more).toBe(true)
})
