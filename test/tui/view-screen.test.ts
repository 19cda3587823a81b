import fc from 'fast-check'
import { expect, test } from 'vitest'
import { displayWidth } from '../../src/core/display-width.ts'
import { formatAge, formatCount, formatRate, formatSpan, sparkline } from '../../src/tui/format.ts'
import { toSafeText } from '../../src/tui/line.ts'
import type { Message, Model } from '../../src/tui/model.ts'
import { makePaint } from '../../src/tui/paint.ts'
import { viewScreen } from '../../src/tui/view-screen.ts'
import { viewNames } from '../../src/tui/views.ts'
import { makeFleetAt } from './fake-ports.ts'
import { makeFrame, makeStatus, newest, row, start_ms } from './frames.ts'
import { after, key, lineOf, plain, screenOf, startModel, typed } from './operate.ts'

const painted = makePaint({ color: true, theme: 'dark', ascii: false })
const ascii = makePaint({ color: true, theme: 'dark', ascii: true })

const frame = (changes = {}): Message => ({
  type: 'frame',
  frame: makeFrame([row('agent-1', 'error', 3, 'error: timeout'), row('agent-2')], changes),
})
const status = (changes = {}): Message => ({ type: 'status', status: makeStatus(changes) })
const screen = (...messages: Message[]): string => screenOf(after(startModel(), ...messages).model)

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
    '\u2066',
  ),
)

/** What may lie over the view, and what the line at the foot may be. */
const overlays = fc.constantFrom<Message[]>(
  [],
  [key('?')],
  [key(':')],
  [key(':'), ...typed('agent ')],
  [key('/'), ...typed('statu:x')],
  [key('t')],
  [key('y')],
)

test('whatever agents are called and say, in every view: every row fits, and nothing steers the terminal', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(hostile, hostile, hostile), { maxLength: 20 }),
      hostile,
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom(...viewNames),
      overlays,
      fc.boolean(),
      (rows, reason, columns, height, view, overlay, lost) => {
        const cells = rows.map(([agent, state, text]) => row(agent, state, 0, text, { task: text }))
        const events = rows.map(([agent, , text], i) => newest(i + 1, agent, text))
        const start = startModel({
          columns,
          rows: height,
          name: reason,
          place: { view, where: reason, agent: reason },
        })
        const { model } = after(
          start,
          { type: 'frame', frame: makeFrame(cells, { newest: events, pinned: cells[0] ?? null }) },
          status({ not_ready_reasons: [reason], ready: false }),
          ...overlay,
          { type: 'paste', text: reason },
          ...(lost ? [{ type: 'lost', reason } as const] : []),
        )
        for (const paint of [plain, painted, ascii]) {
          const lines = viewScreen(model, paint)
          if (columns >= 60 && height >= 15) expect(lines).toHaveLength(height)
          for (const line of lines) {
            // biome-ignore lint/suspicious/noControlCharactersInRegex: only our own colours may remain
            const text = line.replace(/\u001b\[[0-9;]+m/g, '')
            expect(text).not.toMatch(/\p{Cc}|\u200d|\ufe0f|[\u202a-\u202e\u2066-\u2069]/u)
            expect(text.isWellFormed()).toBe(true)
            expect(displayWidth(text)).toBeLessThanOrEqual(columns)
            if (paint === ascii) expect(text).toMatch(/^\p{ASCII}*$/u)
          }
        }
      },
    ),
    { numRuns: 60 },
  )
})

test.each([
  [160, 50],
  [100, 30],
  [80, 24],
  [60, 15],
])('at %i×%i every row of the terminal is used, whatever is open', (columns, rows) => {
  for (const view of viewNames)
    for (const keys of [[], ['?'], [':'], ['t'], ['/']]) {
      const start = startModel({ columns, rows, place: { view } })
      const { model } = after(start, frame(), status(), ...keys.map(key))
      expect(viewScreen(model, plain), `${view} ${keys}`).toHaveLength(rows)
    }
})

test('below 60×15 one plain line says what is needed', () => {
  const { model } = after(startModel({ columns: 59, rows: 15 }), frame())
  expect(viewScreen(model, painted)).toEqual(['beacon: 60×15 needed, 59×15 here; 2 agents, 50 ev/s, live'])
  expect(viewScreen(model, ascii)[0]).toContain('60x15 needed')
})

test('before any frame the screen says that it is connecting', () => {
  expect(screen()).toContain('○ CONNECTING')
})

test('a lost link is said with its age, what is old is dim, and no rate or lag is claimed', () => {
  const { model } = after(startModel(), frame(), status(), {
    type: 'lost',
    reason: 'the connection to NATS is lost',
  })
  const later = { ...model, now_ms: model.now_ms + 7_000 }
  const text = screenOf(later)
  expect(text).toContain('○ RECONNECTING 7s')
  expect(text).toContain('— ev/s')
  expect(text).toContain('lag —')
  expect(text).toContain('the connection to NATS is lost')
  expect(text).not.toContain('LIVE')
  const line = viewScreen(later, painted).find((each) => each.includes('agent-1')) ?? ''
  // One style from the beginning to the end.
  expect(line).toBe(painted.dim(line.slice('\u001b[2m'.length, -'\u001b[22m'.length)))
})

test('an aggregator that folds the past is not called live', () => {
  const text = screen(frame({ lag: { events: 5_000, ms: 420_000 } }))
  expect(text).toContain('◐ BEHIND 7m')
  expect(text).toContain('lag 5,000, 7m behind')
})

test('a pause is said with its age', () => {
  const { model } = after(startModel(), frame(), key('p'))
  expect(lineOf({ ...model, now_ms: model.now_ms + 12_000 }, 0)).toContain('‖ PAUSED 12s')
})

const totals = (changes: object): Message => {
  const made = makeFrame([])
  return { type: 'frame', frame: { ...made, totals: { ...made.totals, ...changes } } }
}
const sick = totals({
  agents: 50_000,
  by_health: { healthy: 49_871, late: 96, suspect: 0, unhealthy: 31, stopped: 2 },
  by_needs: { unhealthy: 31, stuck: 0, waiting: 4, erroring: 0, finished: 0, gaps: 1 },
})

test('the header counts the agents by health, and those that need a person', () => {
  const wide = lineOf(after(startModel({ columns: 170, name: 'prod' }), sick, status()).model, 0)
  expect(wide).toMatch(
    /^ beacon {2}prod durable ● LIVE {3}50,000 agents {2}49,871 well {6}96 late {7}0 suspect/,
  )
  expect(wide).toMatch(/31 unhealthy .* 36 need you .* 50\.0 ev\/s $/)
})

test.each([60, 80, 100, 120, 140, 200])(
  'at %i columns the header has whole numbers only, and the badge',
  (columns) => {
    const line = lineOf(after(startModel({ columns, name: 'prod', readonly: true }), sick, status()).model, 0)
    expect(line).toContain('● LIVE')
    expect(line).toContain('50,000 agents')
    expect(line).toMatch(/ev\/s $/)
    if (columns >= 80) expect(line).toMatch(/31/)
    for (const number of line.match(/[\d,.]+/g) ?? [])
      expect(['50,000', '49,871', '96', '0', '31', '2', '36', '50.0']).toContain(number)
  },
)

test('nothing in the header moves while the numbers change', () => {
  const line = (unhealthy: number): string =>
    lineOf(
      after(
        startModel({ columns: 170 }),
        totals({
          agents: 50_000,
          by_health: { healthy: 50_000 - unhealthy, late: 0, suspect: 0, unhealthy, stopped: 0 },
        }),
      ).model,
      0,
    )
  for (const count of [0, 9, 10, 4_321])
    expect(line(count).indexOf('unhealthy')).toBe(line(1).indexOf('unhealthy'))
})

test('read-only is said', () => {
  expect(lineOf(after(startModel({ readonly: true, columns: 160 }), frame()).model, 0)).toContain('read-only')
})

test('the books are shown with their verdict, or a dash', () => {
  expect(screen(frame(), status())).toContain(
    'accepted 10 = archived 7 + duplicate 1 + quarantined 1 + in flight 1 ✓',
  )
  const wrong = { accepted: 9, archived: 7, duplicate: 1, quarantined: 1, in_flight: 1, balanced: false }
  expect(screen(frame(), status({ books: wrong }))).toContain('✗ does not balance')
  expect(screen(frame(), status({ books: null }))).toContain('books —')
  expect(screen(frame())).toContain('the supervisor does not answer')
})

test('a part of the daemon that is not well is named', () => {
  const text = screen(frame(), status({ ready: false, not_ready_reasons: ['gateway-1 is backoff'] }))
  expect(text).toContain('! gateway-1 is backoff')
})

test('the footer has the view’s own keys first, whole hints only, and always the way to help and out', () => {
  for (const columns of [60, 80, 100, 160]) {
    const footer = lineOf(after(startModel({ columns }), frame()).model, -1)
    expect(footer).toMatch(/ \? help {2}q quit $/)
    expect(footer.length).toBeLessThanOrEqual(columns)
    expect(footer.trimStart()).not.toMatch(/^\//)
  }
})

test('in the past the scrubber stands above the foot, and the badge names the moment', () => {
  const target = { seq: 5 }
  const value = makeFleetAt(start_ms - 60_000, 5, ['then'])
  const { model } = after(startModel(), frame(), key('@'), ...typed('#5'), key('enter'), {
    type: 'moment',
    target,
    answer: { ok: true, value },
  })
  const lines: string[] = viewScreen(model as Model, plain)
  expect(lines[0]).toContain('◀ TIME −1m 00s')
  expect(lines.at(-7)).toMatch(/^── TIME −1m 00s .* seq 5 /)
  expect(lines.at(-5)).toContain('▲')
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

test.each([
  [0, '0s'],
  [42_400, '42s'],
  [192_000, '3m 12s'],
  [7_500_000, '2h 05m'],
  [273_600_000, '3d 04h'],
])('a span of %d ms reads %s', (span, text) => expect(formatSpan(span)).toBe(text))

test('a sparkline shows the newest counts, and the smallest event is visible', () => {
  expect(sparkline([1, 0, 1_000, 500], 6)).toBe('  ▁ █▄')
  expect(sparkline([9, 9, 1, 2], 2)).toBe('▄█')
  expect(sparkline([], 3)).toBe('   ')
})

test('emoji that terminals disagree about are taken apart', () => {
  expect(toSafeText('👨‍👩‍👧 🇩🇪 👍🏽')).toBe('👨👩👧 DE 👍')
})
