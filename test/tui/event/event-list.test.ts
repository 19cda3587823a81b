import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  appendLog,
  currentItem,
  type EventList,
  emptyList,
  follow,
  insertLog,
  items_max,
  moveBy,
  scrollBy,
  selectKey,
  toOldest,
  windowOf,
} from '../../../src/tui/event/event-list.ts'
import { countLog, type EventLog, keyOf, mergeLogs } from '../../../src/tui/event/event-log.ts'
import { newest } from '../frames.ts'

const height = 10

/** The events of these sequences, of which only the last `shown` came one by one. */
function stretch(from_seq: number, to_seq: number, shown = to_seq - from_seq + 1): EventLog {
  const first = to_seq - shown + 1
  const rows = Array.from({ length: shown }, (_, i) => newest(first + i))
  const hidden = first - from_seq
  const gap = { from_seq, to_seq: first - 1, count: hidden }
  return { items: hidden > 0 ? [gap, ...rows] : rows, from_seq, to_seq }
}

const listOf = (log: EventLog): EventList => appendLog(emptyList, log)
const shownKeys = (list: EventList, rows = height): number[] => {
  const { items, from, to } = windowOf(list, rows)
  return items.slice(from, to).map(keyOf)
}

/** Frames one after the other: how many events each brings, and how many of them one by one. */
const frames = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 15 })), {
  maxLength: 30,
})
function append(list: EventList, from: number, parts: [number, number][]): { list: EventList; to: number } {
  let to = from - 1
  let next = list
  for (const [count, shown] of parts) {
    next = appendLog(next, stretch(to + 1, to + count, Math.min(count, shown)))
    to += count
  }
  return { list: next, to }
}

test('following, the last line is the newest event, whatever comes', () => {
  fc.assert(
    fc.property(frames, (parts) => {
      const { list, to } = append(listOf(stretch(1, 20)), 21, parts)
      expect(shownKeys(list).at(-1)).toBe(to)
      expect(list.fresh).toBe(0)
    }),
  )
})

test('scrolled up, the picture stands still while new events are counted to the last one', () => {
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 25 }), (parts, up) => {
      let list = listOf(stretch(1, 50))
      for (let i = 0; i < up; i++) list = moveBy(list, -1, height)
      const before = shownKeys(list)
      const current = currentItem(list)
      const after = append(list, 51, parts)
      expect(shownKeys(after.list)).toEqual(before)
      expect(currentItem(after.list)).toEqual(current)
      expect(after.list.fresh).toBe(after.to - 50)
    }),
  )
})

test('older events come above without moving what is read', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 25 }), (older, up) => {
      let list = listOf(stretch(100, 150))
      for (let i = 0; i < up; i++) list = moveBy(list, -1, height)
      const before = shownKeys(list)
      const after = insertLog(list, stretch(100 - older, 99))
      expect(shownKeys(after)).toEqual(before)
      expect(after.log.items.map(keyOf)).toEqual(
        Array.from({ length: 51 + older }, (_, i) => 100 - older + i),
      )
    }),
  )
})

test('going down beyond the last event follows again, and so does scrolling to the end', () => {
  const list = moveBy(moveBy(listOf(stretch(1, 30)), -1, height), -1, height)
  expect(list).toMatchObject({ following: false, selected: 29 })
  expect(moveBy(list, 1, height)).toMatchObject({ following: false, selected: 30 })
  expect(moveBy(list, 2, height)).toMatchObject({ following: true, selected: null, fresh: 0 })
  const scrolled = scrollBy(listOf(stretch(1, 30)), -6, height)
  expect(scrolled.following).toBe(false)
  expect(scrollBy(scrolled, 3, height).following).toBe(false)
  expect(scrollBy(scrolled, 6, height).following).toBe(true)
  expect(follow(list)).toMatchObject({ following: true, selected: null, fresh: 0 })
})

test('the item under the cursor is always in sight', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ move: fc.integer({ min: -30, max: 30 }) }),
      fc.record({ scroll: fc.integer({ min: -30, max: 30 }) }),
      fc.record({ select: fc.integer({ min: 1, max: 200 }) }),
      fc.record({ frame: fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 15 })) }),
      fc.constant('oldest' as const),
    ),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 30 }), (moves, rows) => {
      let list = listOf(stretch(1, 100))
      let to = 100
      for (const move of moves) {
        if (move === 'oldest') list = toOldest(list, rows)
        else if ('move' in move) list = moveBy(list, move.move, rows)
        else if ('scroll' in move) list = scrollBy(list, move.scroll, rows)
        else if ('select' in move) list = selectKey(list, move.select, rows)
        else ({ list, to } = append(list, to + 1, [move.frame]))
        const keys = shownKeys(list, rows)
        expect(keys.length).toBe(Math.min(rows, list.log.items.length))
        const item = currentItem(list)
        if (!list.following && list.selected !== null && item) expect(keys).toContain(keyOf(item))
      }
    }),
  )
})

test('what is held is bounded: following forgets the oldest, reading folds the newest into one gap', () => {
  const many = stretch(1, items_max + 500)
  const following = listOf(many)
  expect(following.log.items.length).toBe(items_max)
  expect(following.log.from_seq).toBe(501)
  const reading = append(moveBy(listOf(stretch(1, items_max)), -1, height), items_max + 1, [
    [300, 20],
    [200, 200],
  ]).list
  expect(reading.log.items.length).toBe(items_max)
  expect(reading.log.items.at(-1)).toEqual({ from_seq: items_max, to_seq: items_max + 500, count: 501 })
  expect(reading.fresh).toBe(500)
  const { held, hidden } = countLog(mergeLogs(reading.log, stretch(items_max, items_max + 500)))
  expect([held, hidden]).toEqual([items_max + 500, 0])
})
