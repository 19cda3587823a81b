// Whatever leaders, agents and reports are called and say: every row fits, and nothing steers the terminal.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { issueCategories, issueSeverities } from '../../../src/core/bar-report.ts'
import { displayWidth } from '../../../src/core/display-width.ts'
import { claimStates } from '../../../src/core/status-claim.ts'
import { toShares } from '../../../src/tui/bars/count-lines.ts'
import { makePaint } from '../../../src/tui/paint.ts'
import { viewScreen } from '../../../src/tui/view-screen.ts'
import { makeFrame } from '../frames.ts'
import { after, key, startModel } from '../operate.ts'
import { makeBar, makeBeat, makeOpenBar, makePulse } from './fake-bars.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '\u001b[2J\u001b]0;title\u0007',
    '\r\n\t\u0000',
    '\u202eevil\u202c',
    '👩‍👩‍👧‍👦🏳️‍🌈',
    '日本語'.repeat(30),
    'x'.repeat(5_000),
    '\ud800',
  ),
)
const count = fc.oneof(fc.nat(2_000), fc.maxSafeNat())
const severity = fc.constantFrom(...issueSeverities)
const category = fc.oneof(fc.constantFrom(...issueCategories), text)

const issue = fc.record({
  severity,
  category: category as fc.Arbitrary<(typeof issueCategories)[number]>,
  count,
  agents: fc.array(text, { maxLength: 5 }),
  message: text,
})
const bar = fc
  .record({
    number: fc.nat(60),
    agents_reporting: count,
    on_time_reviews: count,
    help_promises_fulfilled: count,
    claims: count,
    late_claims: count,
    secret_rotations_ok: fc.boolean(),
    tempo_drift_ms: fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
    tempo_bpm: fc.constantFrom(0.1, 120, 1_000),
    revision: fc.nat(12),
    cluster_id: text,
    issued_at: fc.oneof(text, fc.constant('2026-06-26T12:00:00.000Z')),
    issues: fc.array(issue, { maxLength: 12 }),
  })
  .map(({ number, ...changes }) => makeBar(number, changes))
const openBar = fc
  .record({
    agents_reporting: count,
    agents_expected: count,
    on_time_reviews: count,
    claims: count,
    late_claims: count,
    states: fc.uniqueArray(fc.tuple(fc.constantFrom(...claimStates), fc.integer({ min: 1, max: 1e9 })), {
      selector: ([state]) => state,
    }),
  })
  .map((changes) => makeOpenBar(41, changes))
const beat = fc.option(
  fc
    .record({
      at: fc.nat(119),
      leader: fc.option(text),
      degraded: fc.boolean(),
      epoch: fc.maxSafeNat(),
      tempo_bpm: fc.constantFrom(0.1, 120.5, 1_000),
      phase: fc.constantFrom('plan' as const, 'execute' as const, 'review' as const),
    })
    .map(({ at, ...changes }) => makeBeat(41, at, changes)),
)

const raw = /\p{Control}|\p{Bidi_Control}|\p{Surrogate}|\p{Line_Separator}|\u200d/u
// biome-ignore lint/suspicious/noControlCharactersInRegex: the styles that we paint with
const styles = /\u001b\[[0-9;]*m/g

test('no line is wider than the screen, none is missing, and nothing reaches it raw', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(bar, { maxLength: 40, selector: ({ window_id }) => window_id }),
      openBar,
      beat,
      fc.integer({ min: 60, max: 200 }),
      fc.integer({ min: 15, max: 60 }),
      fc.constantFrom('dark' as const, 'mono' as const),
      fc.boolean(),
      (bars, open, now, columns, rows, theme, ascii) => {
        const paint = makePaint({ color: true, theme, ascii })
        const start = after(startModel({ columns, rows, place: { view: 'bars' } }), {
          type: 'start',
          moment: null,
        })
        const asked = start.effects.flatMap((effect) => (effect.type === 'ask' ? [effect.ask] : []))
        const list = after(
          start.model,
          ...asked.map((ask) => ({
            type: 'answer' as const,
            ask,
            answer: {
              ok: true as const,
              value:
                ask.what === 'pulse'
                  ? makePulse({ leader: now?.leader ?? null, tempo_next: { bpm: 0.1, at_beat: 2 ** 50 } })
                  : { schema: 'beacon.bars.v1', bars, more: true },
            },
          })),
          { type: 'frame', frame: makeFrame([], { bars: [makeOpenBar(40, { revision: 0 }), open] }) },
          { type: 'beat', beat: now },
        ).model
        const read = after(list, key('k'), key('k')).model
        const opened = after(read, key('enter'), key('j')).model
        const fleet = after(opened, key('enter')).model
        for (const model of [list, read, opened, fleet]) {
          const lines = viewScreen(model, paint)
          expect(lines).toHaveLength(rows)
          for (const line of lines) {
            const shown = line.replaceAll(styles, '')
            expect(shown).not.toMatch(raw)
            expect(displayWidth(shown)).toBeLessThanOrEqual(columns)
            if (ascii) expect(shown).toMatch(/^\p{ASCII}*$/u)
          }
        }
      },
    ),
    { numRuns: 60 },
  )
}, 60_000)

test('the shares of the states fill the line, and whoever is there is seen', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 8, max: 200 }),
      (counts, cells) => {
        const shares = toShares(counts, cells)
        expect(shares.reduce((a, b) => a + b, 0)).toBe(cells)
        for (const share of shares) expect(share).toBeGreaterThanOrEqual(1)
      },
    ),
  )
  expect(toShares([900, 90, 10], 100)).toEqual([90, 9, 1])
  expect(toShares([], 10)).toEqual([])
})
