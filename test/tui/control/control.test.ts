import { expect, test } from 'vitest'
import type { CommandDocument, CommandSummary, CommandsDocument } from '../../../src/core/order.ts'
import type { Ask, Effect, Message, Model } from '../../../src/tui/model.ts'
import { makeFrame, start_ms } from '../frames.ts'
import { after, click, key, lineOf, onView, screenOf, startModel } from '../operate.ts'
import { at, makeOrder, makePage, makeSummary } from './fake-commands.ts'

const asks = (effects: Effect[]): Ask[] =>
  effects.flatMap((effect) => (effect.type === 'ask' && effect.ask.view === 'control' ? [effect.ask] : []))

const frame: Message = { type: 'frame', frame: makeFrame([], { at_ms: start_ms + 3_000 }) }
const listOf = (...commands: CommandSummary[]): CommandsDocument => ({
  schema: 'beacon.commands.v1',
  commands,
  open: commands.filter(({ orders, ended }) => ended < orders).length,
})
const answer = (ask: Ask, value: unknown): Message => ({ type: 'answer', ask, answer: { ok: true, value } })

const many = Array.from({ length: 40 }, (_, i) =>
  makeSummary({ command_id: `c-${i + 1}`, scope: { kind: 'agents', text: `agent-${i + 1}`, targets: 1 } }),
)

/** The view with these commands. */
function opened(commands: CommandSummary[], changes = {}): Model {
  const begun = after(startModel({ ...onView('control'), columns: 160, rows: 30, ...changes }), frame, {
    type: 'start',
    moment: null,
  })
  const [ask] = asks(begun.effects)
  if (!ask) throw new Error('nothing is asked')
  return after(begun.model, answer(ask, listOf(...commands))).model
}

/** The page of the first command. */
function page(document: CommandDocument, changes = {}): Model {
  const entered = after(opened([document.summary], changes), key('enter'))
  const [ask] = asks(entered.effects)
  if (!ask) throw new Error('nothing is asked')
  return after(entered.model, answer(ask, document)).model
}

test('8 opens it; a command is a row of what, who, how far, how long and why', () => {
  expect(after(startModel(), key('8')).model.place.view).toBe('control')
  const model = opened([makeSummary()])
  expect(lineOf(model, 3)).toMatch(
    /kill +12 agents +12 +12 +10 +8 +0 +3s {2}ada@host +▮▮▮▮▮▯▯▯ 4 open +spends too much/,
  )
  expect(screenOf(model)).toContain('1 open')
})

test('one that is done tells how long it took; its bar is full only then', () => {
  const done = makeSummary({ orders: 1_000, ended: 1_000, gone: 1_000 })
  expect(lineOf(opened([done]), 3)).toMatch(/840 ms .*▮▮▮▮▮▮▮▮ ✓ all done/)
  expect(lineOf(opened([{ ...done, ended: 999 }]), 3)).toContain('▮▮▮▮▮▮▮▯ 1 open')
  expect(lineOf(opened([{ ...done, failed: 2 }]), 3)).toContain('✗ 2 failed')
})

test('it asks when orders take steps and each second, one question at a time, and once more when it changed meanwhile', () => {
  const model = opened([makeSummary()])
  const orders: Message = { type: 'orders' }
  const first = after(model, orders, orders, { type: 'tick', wall_ms: start_ms })
  expect(asks(first.effects)).toHaveLength(1)
  const [ask] = asks(first.effects)
  if (!ask) throw new Error('nothing is asked')
  const again = after(first.model, answer(ask, listOf()))
  expect(asks(again.effects)).toHaveLength(1)
  expect(asks(after(again.model, answer(ask, listOf())).effects)).toEqual([])
})

test('on another view, and while the picture is held, it asks nothing', () => {
  const orders: Message = { type: 'orders' }
  expect(after(startModel(), orders).effects).toEqual([])
  expect(asks(after(opened([makeSummary()]), key('p'), orders).effects)).toEqual([])
})

test('enter opens the orders: each step with the time that it took, and how it ended', () => {
  const orders = [
    makeOrder('agent-1', { delivered_at: at(12), via: 'sse' }),
    makeOrder('agent-2', {
      delivered_at: at(11),
      via: 'heartbeat',
      acknowledged_at: at(1_200),
      gone_at: at(1_400),
      outcome: 'gone',
      detail: 'exit 143',
    }),
    makeOrder('agent-3', { outcome: 'lease_expired', gone_at: at(9_000) }),
    makeOrder('agent-4', { outcome: 'failed', failed_at: at(1), detail: 'a terminate stands already' }),
    makeOrder('agent-5'),
  ]
  const model = page(makePage(orders, { ended: 3, gone: 2, failed: 1 }))
  const lines = screenOf(model).split('\n')
  const lineWith = (text: string): string => lines.find((line) => line.includes(text)) ?? ''
  expect(lineOf(model, 2)).toMatch(/kill 12 agents .* by ada@host/)
  expect(lineOf(model, 3)).toContain('because spends too much')
  expect(lineOf(model, 4)).toContain(
    '5 orders   delivered 12   acknowledged 10   gone 2   failed 1   open for 3s',
  )
  expect(lineWith('agent-1 ')).toMatch(/\+12 ms {2}sse +· +· {2}… delivered/)
  expect(lineWith('agent-2 ')).toMatch(/\+11 ms {2}heartbeat +\+1\.2 s +\+1\.4 s {2}✓ gone {2}exit 143/)
  expect(lineWith('agent-3 ')).toContain('! silent: its lease ran out')
  expect(lineWith('agent-4 ')).toContain('✗ failed  a terminate stands already')
  expect(lineWith('agent-5 ')).toContain('… requested')
})

test('from an order enter goes to the agent, and esc back through the orders to the commands', () => {
  const model = page(makePage([makeOrder('agent-1'), makeOrder('agent-2')]))
  const agent = after(model, key('down'), key('enter')).model
  expect(agent.place).toMatchObject({ view: 'agent', agent: 'agent-2' })
  const back = after(agent, key('escape')).model
  expect(back.place).toMatchObject({ view: 'control', command: 'c-1' })
  expect(after(back, key('escape')).model.place).toMatchObject({ view: 'control', command: null })
})

test('the agent of an order can be marked, and commanded again', () => {
  const model = page(makePage([makeOrder('agent-1'), makeOrder('agent-2')]))
  expect([...after(model, key('down'), key('space')).model.marks]).toEqual(['agent-2'])
  expect(after(model, key('K')).model.draft?.agents).toEqual(['agent-1'])
})

test('of a thousand orders those around the window are asked for, and shown at their places', () => {
  const orders = Array.from({ length: 1_000 }, (_, i) => makeOrder(`agent-${i + 1}`))
  let model = page({ ...makePage(orders), orders: orders.slice(0, 60) })
  const jumped = after(model, key('G'))
  const ask = asks(jumped.effects).at(-1)
  if (ask?.what !== 'command') throw new Error('nothing is asked')
  const { offset, limit } = ask.request
  expect(limit).toBeLessThan(100)
  model = after(
    jumped.model,
    answer(ask, { ...makePage(orders), orders: orders.slice(offset, offset + limit) }),
  ).model
  expect(screenOf(model)).toMatch(/▌ agent-1000 /)
  expect(screenOf(model)).toContain('agent-999 ')
})

test('the answer of a page that was left shows nothing', () => {
  const entered = after(opened([makeSummary(), makeSummary({ command_id: 'c-2' })]), key('enter'))
  const [late] = asks(entered.effects)
  if (!late) throw new Error('nothing is asked')
  const other = after(entered.model, key('escape'), key('down'), key('enter')).model
  expect(other.place.command).toBe('c-2')
  const model = after(other, answer(late, makePage([makeOrder('agent-of-c-1')]))).model
  expect(screenOf(model)).not.toContain('agent-of-c-1')
})

test('the cursor stays with its command when newer ones come, and at the top with the newest', () => {
  const tick: Message = { type: 'tick', wall_ms: start_ms }
  const shownAfter = (model: Model): string => {
    const ticked = after(model, tick)
    const [ask] = asks(ticked.effects)
    if (!ask) throw new Error('nothing is asked')
    const fresh = makeSummary({ command_id: 'new', scope: { kind: 'all', text: 'all agents', targets: 3 } })
    return screenOf(after(ticked.model, answer(ask, listOf(fresh, ...many))).model)
  }
  expect(shownAfter(after(opened(many), key('down'), key('down')).model)).toMatch(/▌ .*agent-3 /)
  expect(shownAfter(opened(many))).toMatch(/▌ .*all agents /)
})

test('keys and clicks move as everywhere; a click on what is selected opens it', () => {
  const end = after(opened(many), key('G')).model
  expect(screenOf(end)).toMatch(/▌ .*agent-40 /)
  expect(screenOf(after(end, key('g')).model)).toMatch(/▌ .*agent-1 /)
  const third = after(opened(many), click(5, 4)).model
  expect(screenOf(third)).toMatch(/▌ .*agent-3 /)
  expect(after(third, click(5, 4)).model.place.command).toBe('c-3')
})

test('in the past it says that this is how they stand now', () => {
  expect(screenOf(after(opened([makeSummary()]), key('t')).model)).toContain('as they stand now')
})

test('it says that there is nothing yet, and why there is nothing newer', () => {
  expect(screenOf(opened([]))).toContain('no command yet')
  const ticked = after(opened([makeSummary()]), { type: 'tick', wall_ms: start_ms })
  const [ask] = asks(ticked.effects)
  if (!ask) throw new Error('nothing is asked')
  const failed = after(ticked.model, {
    type: 'answer',
    ask,
    answer: { ok: false, error: 'no gateway answers' },
  }).model
  expect(screenOf(failed)).toContain('no gateway answers')
  expect(screenOf(failed)).toContain('12 agents')
})

test('hostile text is harmless, and every line fits, at any size', () => {
  const evil = 'e\u001b[2J\u202e\u{1f468}\u200d\u{1f469}'
  const scope = { kind: 'where' as const, text: evil, targets: 1 }
  const orders = [makeOrder(evil, { detail: evil, installation_id: evil })]
  for (const columns of [60, 80, 100, 120, 200])
    for (const rows of [15, 24, 44]) {
      const summary = makeSummary({ by: evil, reason: evil, scope })
      for (const model of [
        opened([summary], { columns, rows }),
        page(makePage(orders, { by: evil, reason: evil, scope }), { columns, rows }),
      ]) {
        const lines = screenOf(model).split('\n')
        expect(lines).toHaveLength(rows)
        expect(screenOf(model)).not.toMatch(/\p{Cc}(?<!\n)|\p{Cf}/u)
      }
    }
})
