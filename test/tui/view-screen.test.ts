import fc from 'fast-check'
import { expect, test } from 'vitest'
import { displayWidth } from '../../src/core/display-width.ts'
import { formatAge, formatCount, formatRate, sparkline } from '../../src/tui/format.ts'
import { toSafeText } from '../../src/tui/line.ts'
import { type Message, type Model, makeModel } from '../../src/tui/model.ts'
import { makePaint } from '../../src/tui/paint.ts'
import { update } from '../../src/tui/update.ts'
import { viewScreen } from '../../src/tui/view-screen.ts'
import { makeFrame, makeStatus, newest, row } from './frames.ts'

const plain = makePaint(false)
const painted = makePaint(true)

function modelOf(size: { columns: number; rows: number }, messages: Message[], passed_ms = 0): Model {
  let model = makeModel(size, 0)
  for (const message of messages) [model] = update(model, message, 0)
  return { ...model, now_ms: passed_ms }
}

const frame = (changes = {}): Message => ({
  type: 'frame',
  frame: makeFrame([row('agent-1', 'error', 3, 'error: timeout'), row('agent-2')], changes),
})
const status = (changes = {}): Message => ({ type: 'status', status: makeStatus(changes) })
const wide = { columns: 120, rows: 30 }
const screen = (messages: Message[], passed_ms = 0): string =>
  viewScreen(modelOf(wide, messages, passed_ms), plain).join('\n')

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '\u001b[2J',
    '\u001b]0;x\u0007',
    '\u009b31m',
    '\u202eevil',
    '👨‍👩‍👧',
    '🇩🇪',
    'é'.repeat(30),
    '日本語'.repeat(20),
    '\r\n',
    '‮',
  ),
)

test('whatever agents are called and say: every row fits, and nothing steers the terminal', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(hostile, hostile, hostile), { maxLength: 30 }),
      hostile,
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 60 }),
      fc.boolean(),
      (rows, reason, columns, height, lost) => {
        const cells = rows.map(([agent, state, text]) => row(agent, state, 0, text))
        const events = rows.map(([agent, , text], i) => newest(i + 1, agent, text))
        const messages: Message[] = [
          { type: 'frame', frame: makeFrame(cells, { newest: events, pinned: cells[0] ?? null }) },
          status({ not_ready_reasons: [reason], ready: false }),
          ...(lost ? [{ type: 'lost', reason } as const] : []),
        ]
        const model = modelOf({ columns, rows: height }, messages)
        for (const paint of [plain, painted]) {
          const lines = viewScreen({ ...model, selected: rows[0]?.[0] ?? null }, paint)
          expect(lines.length).toBeLessThanOrEqual(height)
          for (const line of lines) {
            // biome-ignore lint/suspicious/noControlCharactersInRegex: only our own colours may remain
            const text = line.replace(/\u001b\[[0-9;]+m/g, '')
            expect(text).not.toMatch(/\p{Cc}|\u200d|\ufe0f|[\u202a-\u202e\u2066-\u2069]/u)
            expect(text.isWellFormed()).toBe(true)
            expect(displayWidth(text)).toBeLessThanOrEqual(columns)
          }
        }
      },
    ),
  )
})

test.each([
  [160, 50],
  [100, 30],
  [80, 24],
  [60, 15],
])('at %i×%i every row of the terminal is used', (columns, rows) => {
  expect(viewScreen(modelOf({ columns, rows }, [frame(), status()]), plain).length).toBe(rows)
  expect(viewScreen(modelOf({ columns, rows }, [frame(), { type: 'key', key: '?' }]), plain).length).toBe(
    rows,
  )
})

test('below 60×15 one plain line says what is needed', () => {
  const lines = viewScreen(modelOf({ columns: 59, rows: 15 }, [frame()]), painted)
  expect(lines).toEqual(['beacon: 60×15 needed, 59×15 here; 2 agents, 50 ev/s, live'])
})

test('without colour there is not one escape sequence, and a sign says what colour would', () => {
  const text = screen([frame(), status()])
  expect(text).not.toContain('\u001b')
  expect(text).toContain('✗ error')
  expect(viewScreen(modelOf(wide, [frame()]), painted).join('')).toContain('\u001b[31m✗ error')
})

test('before any frame the screen says that it is connecting', () => {
  expect(screen([])).toContain('○ CONNECTING')
})

test('a lost link is said with its age, and no rate or lag is claimed', () => {
  const text = screen([frame(), status(), { type: 'lost', reason: 'the connection to NATS is lost' }], 7_000)
  expect(text).toContain('○ RECONNECTING 7s')
  expect(text).toContain('— ev/s')
  expect(text).toContain('lag —')
  expect(text).toContain('the connection to NATS is lost')
  expect(text).not.toContain('LIVE')
})

test('ages go on growing when nothing comes, and stand still while paused', () => {
  expect(screen([frame()], 60_000)).toMatch(/agent-1 .* 1m {2}error/)
  expect(screen([frame(), { type: 'key', key: 'p' }], 60_000)).toMatch(/agent-1 .* 3s {2}error/)
})

test('an aggregator that folds the past is not called live', () => {
  const text = screen([frame({ lag: { events: 5_000, ms: 420_000 } })])
  expect(text).toContain('◐ BEHIND 7m')
  expect(text).toContain('lag 5,000, 7m behind')
})

test('the books are shown with their verdict, or a dash', () => {
  expect(screen([frame(), status()])).toContain(
    'accepted 10 = archived 7 + duplicate 1 + quarantined 1 + in flight 1 ✓',
  )
  const wrong = { accepted: 9, archived: 7, duplicate: 1, quarantined: 1, in_flight: 1, balanced: false }
  expect(screen([frame(), status({ books: wrong })])).toContain('✗ does not balance')
  expect(screen([frame(), status({ books: null })])).toContain('books —')
  expect(screen([frame()])).toContain('the supervisor does not answer')
})

test('a part of the daemon that is not well is named', () => {
  const text = screen([frame(), status({ ready: false, not_ready_reasons: ['gateway-1 is backoff'] })])
  expect(text).toContain('! gateway-1 is backoff')
})

test('the selected agent stays in sight when the order carries it away', () => {
  const gone = frame({ pinned: row('agent-99', 'waiting') })
  const model = { ...modelOf(wide, [gone]), selected: 'agent-99' }
  expect(viewScreen(model, plain).join('\n')).toContain('▌ agent-99')
})

test.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1,000'],
  [3_102_441, '3,102,441'],
])('%d reads %s', (count, text) => expect(formatCount(count)).toBe(text))

test.each([
  [0, '0.0'],
  [99.94, '99.9'],
  [99.96, '100'],
  [9_999.4, '9999'],
  [9_999.6, '10.0k'],
  [1_500_000, '1.5M'],
])('a rate of %d reads %s, in five cells', (rate, text) => expect(formatRate(rate)).toBe(text))

test.each([
  [-5, 'now'],
  [59_999, '59s'],
  [60_000, '1m'],
  [3_600_000, '1h'],
  [86_400_000, '1d'],
])('an age of %d ms reads %s', (age, text) => expect(formatAge(age)).toBe(text))

test('a sparkline shows the newest counts, and the smallest event is visible', () => {
  expect(sparkline([1, 0, 1_000, 500], 6)).toBe('  ▁ █▄')
  expect(sparkline([9, 9, 1, 2], 2)).toBe('▄█')
  expect(sparkline([], 3)).toBe('   ')
})

test('emoji that terminals disagree about are taken apart', () => {
  expect(toSafeText('👨‍👩‍👧 🇩🇪 👍🏽')).toBe('👨👩👧 DE 👍')
})
