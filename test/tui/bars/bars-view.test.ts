import { expect, test } from 'vitest'
import type { StoredBar } from '../../../src/core/bar-report.ts'
import { type Expression, parseExpression } from '../../../src/core/expression.ts'
import { agentsOf } from '../../../src/tui/bars/report-issues.ts'
import type { Ask, Effect, Message, Model } from '../../../src/tui/model.ts'
import { toWanted } from '../../../src/tui/query.ts'
import { makeFleetAt } from '../fake-ports.ts'
import { makeFrame, start_ms } from '../frames.ts'
import { after, click, key, lineOf, onView, screenOf, startModel } from '../operate.ts'
import { makeBar, makeBeat, makeIssue, makeOpenBar, makePulse } from './fake-bars.ts'

const frame = (...bars: ReturnType<typeof makeOpenBar>[]): Message => ({
  type: 'frame',
  frame: makeFrame([], { bars }),
})
type AskOf<What> = Extract<Ask, { what: What }>
const asks = <What extends 'bars' | 'pulse'>(effects: Effect[], what: What): AskOf<What>[] =>
  effects.flatMap((effect) =>
    effect.type === 'ask' && effect.ask.what === what ? [effect.ask as AskOf<What>] : [],
  )

/** Answers the last question about reports. */
function answer(effects: Effect[], bars: StoredBar[], more = false): Message {
  const ask = asks(effects, 'bars').at(-1)
  if (!ask) throw new Error('nothing is asked')
  return { type: 'answer', ask, answer: { ok: true, value: { schema: 'beacon.bars.v1', bars, more } } }
}

const past = Array.from({ length: 41 }, (_, bar) => makeBar(bar))

/** The view with 41 reports, in the middle of bar 41. */
function opened(bars: StoredBar[] = past, changes = {}): Model {
  const { model, effects } = after(startModel({ ...onView('bars'), columns: 160, rows: 44, ...changes }), {
    type: 'start',
    moment: null,
  })
  return after(model, answer(effects, bars), frame(makeOpenBar(40, { revision: 0 }), makeOpenBar(41)), {
    type: 'beat',
    beat: makeBeat(41, 57, { phase: 'execute' }),
  }).model
}

const bar = (number: number, changes: Partial<StoredBar> = {}): Message => ({
  type: 'bar',
  bar: makeBar(number, changes),
})
const rowsOf = (model: Model): string[] =>
  screenOf(model)
    .split('\n')
    .filter((line) => /^.. \d\d:\d\d:\d\d/.test(line) || /^(▌| ) \d\d:\d\d:\d\d/.test(line))

test('the view asks for open bars, for reports and for the pulse', () => {
  const { model, effects } = after(startModel(onView('bars')), { type: 'start', moment: null })
  expect(toWanted(model).query).toMatchObject({ bars: true, limit: 0, newest: 0 })
  expect(asks(effects, 'bars')[0]?.request).toEqual({ limit: 100 })
  expect(asks(effects, 'pulse')).toHaveLength(1)
  expect(asks(after(model, { type: 'tick', wall_ms: 0 }).effects, 'pulse')).toHaveLength(1)
})

test('beat, phase, tempo, leader, drift and jitter are there, and the tempo that is to come', () => {
  const pulse = makePulse({ tempo_next: { bpm: 126, at_beat: 4_980 } })
  const { model } = after(opened(), {
    type: 'answer',
    ask: { view: 'bars', id: 'pulse', what: 'pulse' },
    answer: { ok: true, value: pulse },
  })
  const text = screenOf(model)
  for (const says of [
    '♩120 BPM   then 126 from beat 4,980   leader pulse-1   drift +0.12 ms   jitter p95 1.1 ms max 4.0',
    'bar 41   beat  58 of 120  ▮▮▯ execute   beats 4,920–5,039   downbeat in 32s',
    '▮▮▮▮▮▯▯▯▯▯▯▯▯   812 of 1,000   on time 611   late 3   help 12   claims 4,211'.slice(10),
    'f failed 10   b blocked 12   p planning 40   e executing 500   c completed 250',
  ])
    expect(text).toContain(says)
})

test('the strip fills beat by beat and phase by phase, each beat at its place at any width', () => {
  for (const columns of [60, 80, 100, 122, 160, 200]) {
    const strips = ['plan', 'execute', 'review'].flatMap((phase) =>
      [0, 57, 119].map((beat) => {
        const moved = after(opened(past, { columns }), {
          type: 'beat',
          beat: makeBeat(41, beat, { phase: phase as 'plan' }),
        })
        return lineOf(moved.model, 4)
      }),
    )
    expect(new Set(strips).size).toBe(9)
    for (const strip of strips) {
      const shape = /^ (▮*)([░▒▓]+)(▯*)$/.exec(strip)
      expect(strip.length).toBe(columns - 1)
      expect(shape).not.toBeNull()
    }
    expect(strips[0]).toMatch(/^ ░/)
    expect(strips[8]).toMatch(/▓$/)
  }
})

test('a degraded beat is said to be one; so is no pulse, and that nothing is known yet', () => {
  const beat = (beat: ReturnType<typeof makeBeat> | null): Message => ({ type: 'beat', beat })
  const degraded = after(opened(), beat(makeBeat(41, 60, { degraded: true }))).model
  expect(lineOf(degraded, 2)).toContain('degraded: no frame for two beats')
  expect(lineOf(degraded, 2)).toContain('last leader pulse-1')
  expect(lineOf(degraded, 2)).not.toContain('jitter')
  const none = after(opened(), beat(null)).model
  expect(lineOf(none, 2)).toContain('no pulse')
  expect(lineOf(none, 4)).toMatch(/^ ▯+$/)
  expect(screenOf(startModel(onView('bars')))).toContain('listening for the beat')
  const alone = after(opened(), beat(makeBeat(41, 60, { leader: null }))).model
  expect(lineOf(alone, 2)).toContain('leader none')
})

test('empty states: asking, no claims, first bar still running, nobody answers', () => {
  const { model, effects } = after(
    startModel(onView('bars')),
    { type: 'start', moment: null },
    { type: 'beat', beat: makeBeat(0, 5) },
  )
  expect(screenOf(model)).toContain('asking the archive')
  const empty = after(model, answer(effects, []), frame()).model
  expect(screenOf(empty)).toContain('no claims yet: they come with POST /ingest/claim')
  expect(screenOf(after(empty, frame(makeOpenBar(0))).model)).toContain('the first bar is still running')
  const [ask] = asks(effects, 'bars')
  if (!ask) throw new Error('nothing is asked')
  const failed = after(model, { type: 'answer', ask, answer: { ok: false, error: 'no historian answers' } })
  expect(screenOf(failed.model)).toContain('no reports: no historian answers')
})

test('a new report is a new row; a revision takes its row, visibly, and only for a while', () => {
  const model = after(opened(), bar(41)).model
  expect(rowsOf(model).at(-1)).toMatch(/ 41 +4,920–5,039/)
  const revised = after(model, bar(40, { revision: 1, agents_reporting: 1_001 })).model
  expect(rowsOf(revised).length).toBe(rowsOf(model).length)
  expect(rowsOf(revised).at(-2)).toMatch(/1,001 .* r1 .*revised/)
  const later = after({ ...revised, now_ms: revised.now_ms + 5_000 }, { type: 'tick', wall_ms: 0 }).model
  expect(rowsOf(later).at(-2)).toMatch(/1,001 .* r1 /)
  expect(rowsOf(later).at(-2)).not.toContain('revised')
})

test('reports that come while another view is shown are there afterwards', () => {
  const { model } = after(opened(), key('1'), bar(41), key('7'))
  expect(rowsOf(model).at(-1)).toMatch(/ 41 /)
})

test('scrolling stops following and counts what is new; the selection stays with its bar; G follows', () => {
  const read = after(opened(), key('k'), key('k'), key('k'), bar(41), bar(42)).model
  expect(rowsOf(read).find((line) => line.startsWith('▌'))).toMatch(/ 38 /)
  expect(screenOf(read)).toContain('2 new  G follows')
  const end = after(read, key('G')).model
  expect(screenOf(end)).toContain('following')
  expect(rowsOf(end).at(-1)).toMatch(/ 42 /)
})

test('older reports are asked for when the top is near, once, and up to the end', () => {
  const { model, effects } = after(opened(past.slice(20)), key('g'))
  // The answer said that there is nothing older.
  expect(asks(effects, 'bars')).toEqual([])
  const start = after(startModel({ ...onView('bars'), columns: 160, rows: 44 }), {
    type: 'start',
    moment: null,
  })
  const more = after(start.model, answer(start.effects, past.slice(20), true), key('g'), key('k'))
  expect(asks(more.effects, 'bars')).toMatchObject([{ request: { to_seq: makeBar(23).seq, limit: 100 } }])
  const all = after(more.model, answer(more.effects, past.slice(0, 24)))
  expect(lineOf(all.model, 1)).toContain('41 bars')
  expect(rowsOf(all.model).find((line) => line.startsWith('▌'))).toMatch(/ 20 /)
  expect(model.views.bars.list.more).toBe(false)
})

test('a report that never came is asked for, and not without end', () => {
  const late = { type: 'beat', beat: makeBeat(43, 1) } as const
  const model = after(opened(), late).model
  const tick = { type: 'tick', wall_ms: 0 } as const
  const asked = after({ ...model, now_ms: model.now_ms + 3_000 }, tick)
  expect(asks(asked.effects, 'bars')).toHaveLength(1)
  expect(asks(after(asked.model, answer(asked.effects, past), tick).effects, 'bars')).toEqual([])
  expect(asks(after(opened(), tick).effects, 'bars')).toEqual([])
})

test('enter opens the report in full, with breadcrumbs; esc comes back to the row', () => {
  const issues = [
    makeIssue(),
    makeIssue({
      severity: 'critical',
      category: 'leader_change',
      agents: [],
      count: 1,
      message: 'a, then b',
    }),
  ]
  const list = opened([...past.slice(0, 40), makeBar(40, { issues, revision: 1 })])
  expect(rowsOf(list).at(-1)).toMatch(/✗ 1 {2}! 2/)
  const { model } = after(list, key('k'), key('enter'))
  const text = screenOf(model)
  expect(lineOf(model, 1)).toContain('bars › bar 40')
  for (const says of [
    'bar 40, revision 1',
    'agents reporting 1,000',
    'rotations        ok',
    makeBar(40).window_id,
  ])
    expect(text).toContain(says)
  // The worst issue is the first one.
  expect(text).toMatch(/▌ ✗ critical {2}leader_change +1 {2}a, then b\n {2}! warning {3}missing_agent +2 /)
  const back = after(model, key('escape')).model
  expect(rowsOf(back).find((line) => line.startsWith('▌'))).toMatch(/ 40 /)
})

test.each([
  ['failed_task', ['a'], 'status:failed'],
  ['blocked_agent', ['a'], 'status:blocked'],
  ['missing_agent', ['agent-1', 'a:2'], 'agent:~^(agent-1|a:2)$'],
  ['late_claim', ['a b', 'c"d\\'], 'agent:~"^(a b|c\\"d\\\\\\\\)$"'],
] as const)(
  'from an issue %s enter goes to its agents, and esc back to the report',
  (category, agents, where) => {
    const issues = [makeIssue({ category, agents: [...agents] })]
    const { model, effects } = after(opened([makeBar(40, { issues })]), key('k'), key('enter'), key('enter'))
    expect(model.place).toMatchObject({ view: 'fleet', where })
    expect(effects).not.toContainEqual(expect.objectContaining({ type: 'notice' }))
    expect(after(model, key('escape')).model.place).toMatchObject({
      view: 'bars',
      window: makeBar(40).window_id,
      where: '',
    })
  },
)

test('an issue that is not about agents goes nowhere, and says so', () => {
  const issues = [makeIssue({ category: 'drift', agents: [] })]
  const { model } = after(opened([makeBar(40, { issues })]), key('k'), key('enter'), key('enter'))
  expect(model.place.view).toBe('bars')
  expect(lineOf(model, -1)).toContain('drift is not about agents')
})

test('the filter of an issue matches its agents and nobody else, whatever their ids are', () => {
  const ids = ['a.b', 'a|b', '(x', '[', 'a b', 'q"', 'back\\slash', '$', '^', '*', '日本', 'x\ny', 'e/f']
  const where = agentsOf(makeIssue({ agents: ids })) ?? ''
  const parsed = parseExpression(where, { fields: 'agent' })
  expect(parsed.ok).toBe(true)
  const { test: matches } = (parsed as { value: Expression }).value
  for (const id of ids) expect(matches(() => id)).toBe(true)
  for (const id of ['axb', 'a', 'b', '', 'xx', 'a  b']) expect(matches(() => id)).toBe(false)
})

test('a filter that nobody would take is never made: fewer ids then', () => {
  const agents = Array.from({ length: 5 }, (_, i) => `${i}${'.'.repeat(600)}`)
  expect((agentsOf(makeIssue({ agents })) ?? '').length).toBeLessThanOrEqual(4_000)
})

test('y copies the report as JSON', () => {
  const { effects } = after(opened(), key('k'), key('y'))
  expect(effects).toContainEqual({ type: 'copy', text: JSON.stringify(makeBar(40)) })
})

test('v and t go to the moment of the selected bar; without one, t starts at the present', () => {
  for (const name of ['v', 't']) {
    const { model } = after(opened(), key('k'), key('k'), key(name))
    expect(model.travel?.target).toEqual({ at_ms: Date.parse(makeBar(39).issued_at) })
    expect(model.place.view).toBe('bars')
  }
  const { model } = after(opened(), key('t'))
  expect(model.travel?.target).toEqual({ at_ms: expect.any(Number) })
})

test('the past: reports up to the moment, the bars that were open then, and no beat', () => {
  const at_ms = Date.parse(makeBar(30).issued_at)
  const travelled = after(
    startModel({ ...onView('bars'), columns: 160, rows: 44 }),
    { type: 'beat', beat: makeBeat(41, 57) },
    { type: 'start', moment: { at_ms } },
  )
  const fleet = makeFleetAt(at_ms, 900, ['a'])
  const shown = after(travelled.model, {
    type: 'moment',
    target: { at_ms },
    answer: {
      ok: true,
      value: { ...fleet, body: { ...fleet.body, bars: [makeOpenBar(30, { revision: 0 }), makeOpenBar(31)] } },
    },
  })
  expect(asks(shown.effects, 'bars').at(-1)?.request).toEqual({ until_ms: at_ms, limit: 100 })
  expect(asks(shown.effects, 'pulse')).toEqual([])
  const there = after(shown.model, answer(shown.effects, past.slice(0, 31))).model
  expect(screenOf(there)).toContain('no beat is known of the past')
  expect(screenOf(there)).toContain('bar 31')
  expect(screenOf(there)).not.toContain('bar 41')
  expect(lineOf(there, 0)).toMatch(/bar 31 .*ev\/s/)
  expect(rowsOf(there).at(-1)).toMatch(/ 30 /)
  expect(toWanted(after(there, key('1')).model).query.bars).toBe(true)
})

test('from the present to the past, what was issued later goes before the historian has answered', () => {
  const { model } = after(opened(), ...Array.from({ length: 11 }, () => key('k')), key('v'))
  expect(screenOf(model)).not.toContain('▮▮▯ execute')
  const target = model.travel?.target ?? { seq: 0 }
  const fleet = makeFleetAt(Date.parse(makeBar(30).issued_at), 900, ['a'])
  const shown = after(model, { type: 'moment', target, answer: { ok: true, value: fleet } })
  expect(asks(shown.effects, 'bars')).toHaveLength(1)
  expect(rowsOf(shown.model).at(-1)).toMatch(/ 30 /)
})

test('f shows the claims of a bar in the feed, at the end of the bar; without one those of the present bar', () => {
  const { model } = after(opened(), key('k'), key('k'), key('f'))
  expect(model.place).toMatchObject({ view: 'feed', where: 'kind:claim meta.from_beat:4680' })
  expect(model.travel?.target).toEqual({ at_ms: Date.parse(makeBar(39).issued_at) })
  const now = after(opened(), key('f')).model
  expect(now.place).toMatchObject({ view: 'feed', where: 'kind:claim meta.from_beat:4920' })
  expect(now.travel).toBeNull()
})

test('a bar that the list does not hold is asked for alone; one without a report yet is told', () => {
  const window = makeBar(7).window_id
  const { effects, model } = after(startModel({ place: { view: 'bars', window } }), {
    type: 'start',
    moment: null,
  })
  expect(asks(effects, 'bars').map(({ request }) => request)).toContainEqual({ window, limit: 1 })
  expect(screenOf(model)).toContain('asking')
  const got = after(model, answer(effects, [makeBar(7)])).model
  expect(lineOf(got, 1)).toContain('bar 7')
  expect(screenOf(after(model, answer(effects, [])).model)).toContain('it comes at the downbeat')
})

test('a click selects a bar and opens it; the wheel scrolls', () => {
  const model = opened()
  const row = screenOf(model)
    .split('\n')
    .findIndex((line) => / 38 +4,560/.test(line))
  const selected = after(model, click(row, 20)).model
  expect(lineOf(selected, row)).toMatch(/^▌/)
  expect(after(selected, click(row, 20)).model.place.window).toBe(makeBar(38).window_id)
  const turned = after(model, { type: 'mouse', mouse: { kind: 'up', row, column: 1 } }).model
  expect(rowsOf(turned).at(-1)).toMatch(/ 37 /)
})

test('a picture that is held still stays so: no beat, no row, no question', () => {
  const held = after(opened(), key('p')).model
  const { model, effects } = after(
    { ...held, notice: null },
    { type: 'beat', beat: makeBeat(41, 58) },
    bar(41),
    { type: 'tick', wall_ms: start_ms },
  )
  expect(screenOf({ ...model, now_ms: held.now_ms })).toBe(screenOf({ ...held, notice: null }))
  expect(effects).toEqual([])
})
