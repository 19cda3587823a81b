// What agents say cannot break the lines of the fleet and the attention view.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { displayWidth } from '../../../src/core/display-width.ts'
import { healths, needs } from '../../../src/core/health.ts'
import { attentionInit } from '../../../src/tui/attention/attention-state.ts'
import { attentionView } from '../../../src/tui/attention/attention-view.ts'
import { fleetInit } from '../../../src/tui/fleet/fleet-state.ts'
import { fleetView } from '../../../src/tui/fleet/fleet-view.ts'
import { makePaint } from '../../../src/tui/paint.ts'
import { agent, type FakeAgent } from './fake-fleet.ts'
import { makeOperator } from './operator.ts'

const nasty = fc.constantFrom(
  '\u001b[2J\u001b]0;title\u0007',
  '\u009b31m',
  '\r\n\t\u0000',
  '\u202eevil\u202c',
  'a\u200bb\u200d\ufeff',
  '👩‍👩‍👧‍👦🏳️‍🌈👍🏽🇩🇪',
  '日本語テキスト',
  'e\u0301\u0301\u0301',
  '\ud800',
  'x'.repeat(65_536),
  '字'.repeat(65_536),
  '\u001b'.repeat(65_536),
)
const text = fc
  .array(fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 3 })
  .map((parts) => parts.join(''))

const hostile: fc.Arbitrary<FakeAgent> = fc
  .record({
    id: text,
    status: text,
    task: text,
    text,
    role: text,
    health: fc.constantFrom(...healths),
    needs: fc.constantFrom(...needs),
    errors: fc.nat(),
    rate: fc.double({ min: 0, max: 1e9, noNaN: true }),
    last_seq: fc.maxSafeNat(),
  })
  .map(({ id, role, ...rest }) => agent(id, { ...rest, 'meta.role': role }))

const sizes = [60, 80, 100, 140, 200].map((columns) => ({ columns, rows: 20 }))
const paint = makePaint({ color: true, theme: 'dark', ascii: false })
// biome-ignore lint/suspicious/noControlCharactersInRegex: the styles that we paint with
const styles = /\u001b\[[0-9;]*m/g
const raw = /\p{Control}|\p{Bidi_Control}|\p{Surrogate}|\p{Line_Separator}|\u200b|\u200d|\ufeff/u

function expectHarmless(lines: string[], { columns, rows }: { columns: number; rows: number }): void {
  expect(lines).toHaveLength(rows)
  for (const line of lines) {
    const shown = line.replaceAll(styles, '')
    expect(shown).not.toMatch(raw)
    expect(displayWidth(shown)).toBeLessThanOrEqual(columns)
  }
}

test('no line is wider than the screen, and nothing reaches it raw', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(hostile, { minLength: 1, maxLength: 6, selector: (each) => each.agent }),
      fc.constantFrom(...sizes),
      text,
      (agents, size, field) => {
        const fleet = makeOperator(fleetView, fleetInit, agents, size).look().press('focus', 'down').look()
        expectHarmless(fleet.lines(paint), size)
        expectHarmless(fleet.press('focus', 'last').look().wheel('up').lines(paint), size)
        for (const group of ['status', 'task', `meta.${field}`]) {
          fleet.command('group', group).look().press('down')
          expectHarmless(fleet.lines(paint), size)
        }
        const attention = makeOperator(attentionView, attentionInit, agents, size).look().press('down')
        expectHarmless(attention.lines(paint), size)
      },
    ),
    { numRuns: 40 },
  )
}, 60_000)
