// The beat in the header, on every view.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { displayWidth } from '../../src/core/display-width.ts'
import { viewHeader } from '../../src/tui/header.ts'
import type { Message, Model } from '../../src/tui/model.ts'
import { makePaint, themeNames } from '../../src/tui/paint.ts'
import { viewBeat, viewScreen } from '../../src/tui/view-screen.ts'
import { viewNames } from '../../src/tui/views.ts'
import { makeBeat, makeOpenBar } from './bars/fake-bars.ts'
import { makeFleetAt } from './fake-ports.ts'
import { makeFrame, row, start_ms } from './frames.ts'
import { after, key, lineOf, plain, startModel } from './operate.ts'

const beat = (changes: Parameters<typeof makeBeat>[2] = {}): Message => ({
  type: 'beat',
  beat: makeBeat(41, 57, changes),
})
const frame: Message = { type: 'frame', frame: makeFrame([row('a')]) }
const shown = (columns: number, ...messages: Message[]): Model =>
  after(startModel({ columns, rows: 30 }), frame, ...messages).model
const header = (columns: number, ...messages: Message[]): string => lineOf(shown(columns, ...messages), 0)

test('tempo, bar, beat and phase, in fewer words on narrow screens, and never cut', () => {
  expect(header(160, beat())).toContain('♩120 bar 41  58/120 ▮▯▯ plan')
  expect(header(160, beat({ phase: 'review' }))).toContain('♩120 bar 41  58/120 ▮▮▮ review')
  for (let columns = 60; columns <= 160; columns++) {
    const line = header(columns, beat({ phase: 'execute' }))
    expect(displayWidth(line)).toBeLessThanOrEqual(columns)
    expect(line).toMatch(/(♩120 bar 41 {2}58\/120 |♩120 bar 41 |♩120 | {2})▮▮▯( execute)? +\d/)
  }
})

test('nothing beside it moves while the beat goes on', () => {
  const lines = ([0, 8, 99, 119] as const).flatMap((at) =>
    (['plan', 'execute', 'review'] as const).map((phase) =>
      header(160, { type: 'beat', beat: makeBeat(41, at, { phase }) }),
    ),
  )
  expect(new Set(lines.map((line) => line.indexOf('♩'))).size).toBe(1)
})

test('it is on every view', () => {
  for (const [i] of viewNames.entries())
    expect(header(160, key(String(i + 1)), beat())).toContain('♩120 bar 41')
})

test('a local count is said to be degraded, at every width; no pulse too, and of nothing known nothing is said', () => {
  for (const columns of [60, 80, 100, 120, 160])
    expect(header(columns, beat({ degraded: true }))).toMatch(/degraded|▮▯▯\?/)
  expect(header(160, { type: 'beat', beat: null })).toContain('♩no pulse')
  expect(header(160)).not.toContain('♩')
})

test('the past has the bar that was open then, or nothing; never the present beat', () => {
  const moment = (bars: ReturnType<typeof makeOpenBar>[] | null): string => {
    const asking = shown(160, beat(), key('t'))
    const fleet = makeFleetAt(start_ms, 50, ['a'])
    const value = { ...fleet, body: { ...fleet.body, bars } }
    const target = asking.travel?.target ?? { seq: 0 }
    return lineOf(after(asking, { type: 'moment', target, answer: { ok: true, value } }).model, 0)
  }
  expect(header(160, beat(), key('t'))).not.toMatch(/♩|bar/)
  expect(moment([makeOpenBar(29, { revision: 1 }), makeOpenBar(30)])).toContain('bar 30 open')
  // Around a downbeat it cannot be told which of the two it was.
  for (const bars of [[makeOpenBar(30), makeOpenBar(31)], [makeOpenBar(30, { revision: 0 })], [], null])
    expect(moment(bars)).not.toMatch(/♩|bar/)
})

test('a picture that is held still holds the beat still', () => {
  const later: Message = { type: 'beat', beat: makeBeat(42, 1) }
  expect(header(160, beat(), key('p'), later)).toContain('bar 41  58/120')
  expect(header(160, beat(), key('p'), later, key('p'))).toContain('bar 42   2/120')
})

test('in every theme, with and without colour, in ASCII: the same words', () => {
  const model = shown(160, beat({ phase: 'execute' }))
  for (const theme of themeNames) {
    for (const color of [true, false]) {
      for (const ascii of [true, false]) {
        const line = viewScreen(model, makePaint({ color, theme, ascii, level: 2 }))[0] ?? ''
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the styles that we paint with
        const text = line.replaceAll(/\u001b\[[0-9;]*m/g, '')
        expect(text).toContain(
          ascii ? 'bpm 120 bar 41  58/120 ##. execute' : '♩120 bar 41  58/120 ▮▮▯ execute',
        )
      }
    }
  }
})

test('what is drawn after a beat is what would be drawn anew', () => {
  const names = fc.constantFrom(...viewNames)
  const beats = fc.record({
    beat: fc.nat(119),
    phase: fc.constantFrom('plan' as const, 'execute' as const, 'review' as const),
    degraded: fc.boolean(),
    tempo_bpm: fc.constantFrom(0.1, 120, 1_000),
    leader: fc.option(fc.string({ unit: 'binary' })),
  })
  fc.assert(
    fc.property(names, fc.integer({ min: 55, max: 200 }), fc.boolean(), beats, (view, columns, ascii, at) => {
      const paint = makePaint({ color: true, theme: 'dark', ascii, level: 2 })
      const before = after(startModel({ columns, rows: 30, place: { view } }), frame, beat()).model
      const lines = viewScreen(before, paint)
      const { model } = after(before, { type: 'beat', beat: makeBeat(41, at.beat, at) })
      expect(viewBeat(model, paint, lines)).toEqual(viewScreen(model, paint))
      expect(displayWidth(viewHeader(model, plain))).toBeLessThanOrEqual(columns)
    }),
    { numRuns: 30 },
  )
})
