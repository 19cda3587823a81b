import { expect, test } from 'vitest'
import type { CommandAnswer } from '../../../src/core/order.ts'
import type { Answer, Ask, Effect, Message, Model } from '../../../src/tui/model.ts'
import { makeOrder, makePreview } from '../control/fake-commands.ts'
import { makeFrame, row } from '../frames.ts'
import { after, key, lineOf, onView, screenOf, startModel, typed } from '../operate.ts'

type OrderAsk = Extract<Ask, { what: 'order' }>
const orderAsks = (effects: Effect[]): OrderAsk[] =>
  effects.flatMap((effect) => (effect.type === 'ask' && effect.ask.what === 'order' ? [effect.ask] : []))

const agents = ['agent-1', 'agent-2', 'agent-3']
const frame: Message = { type: 'frame', frame: makeFrame(agents.map((agent) => row(agent))) }

/** The fleet with the first agent selected. */
const fleet = (changes = {}): Model =>
  after(startModel({ columns: 160, rows: 40, ...changes }), frame, key('down')).model

const marked = (model: Model, ...ids: string[]): Model => ({ ...model, marks: new Set(ids) })

function answer(effects: Effect[], answer: Answer): Message {
  const ask = orderAsks(effects).at(-1)
  if (!ask) throw new Error('nothing is asked')
  return { type: 'answer', ask, answer }
}

const previewed = (preview: CommandAnswer): Answer => ({ ok: true, value: preview })

/** Up to the confirmation, of which nothing is typed yet. */
function drafted(model: Model, preview: CommandAnswer, pressed = 'K'): Model {
  const begun = after(model, key(pressed))
  return after(
    begun.model,
    answer(begun.effects, previewed(preview)),
    ...typed('spends too much'),
    key('enter'),
  ).model
}

test('a kill of one agent wants a reason and its id, and then asks for just that', () => {
  const begun = after(fleet(), key('K'))
  expect(orderAsks(begun.effects).map(({ request }) => request)).toEqual([
    { command: 'terminate', agents: ['agent-1'], reason: 'dry run', dry_run: true },
  ])
  expect(screenOf(begun.model)).toContain('kill agent-1')
  expect(screenOf(begun.model)).toContain('asking Beacon')

  const asked = drafted(fleet(), makePreview([makeOrder('agent-1')]))
  expect(screenOf(asked)).toContain('1 agent, 1 installation')
  expect(lineOf(asked, -2)).toContain('type agent-1 to kill')
  const sent = after(asked, ...typed('agent-1'), key('enter'))
  expect(orderAsks(sent.effects).map(({ request }) => request)).toEqual([
    {
      command: 'terminate',
      agents: ['agent-1'],
      reason: 'spends too much',
      scope: { kind: 'agents', text: 'agent-1', targets: 1 },
      command_id: 'c-1',
    },
  ])
  expect(screenOf(sent.model)).toContain('sending')
})

test('nothing goes out before exactly what is asked for was typed', () => {
  const begun = drafted(marked(fleet(), ...agents), makePreview(agents.map((agent) => makeOrder(agent))))
  for (const text of ['', 'y', 'yes', '2', '33', 'agent-1', '3 agents']) {
    const { model, effects } = after(begun, ...typed(text), key('enter'))
    expect(orderAsks(effects)).toEqual([])
    expect(lineOf(model, -2)).toContain('type 3 to kill')
  }
  expect(orderAsks(after(begun, ...typed('3'), key('enter')).effects)).toHaveLength(1)
})

test('there is no command without a reason, nor with one that is too long', () => {
  const { model } = after(fleet(), key('K'))
  for (const reason of ['', '   ', 'x'.repeat(257)]) {
    const stays = after(model, ...typed(reason), key('enter')).model
    expect(stays.prompt?.name).toBe('reason')
    expect(stays.prompt?.error).not.toBeNull()
  }
  expect(after(model, ...typed('x'.repeat(256)), key('enter')).model.prompt?.name).toBe('confirm')
})

test('the scope is told in numbers, and what Beacon does not know is left out', () => {
  const orders = [
    makeOrder('agent-1'),
    makeOrder('agent-1', { outcome: 'already_gone' }),
    makeOrder('agent-2', { installation_id: null }),
  ]
  const model = drafted(marked(fleet(), ...agents), makePreview(orders, ['agent-3']))
  expect(screenOf(model)).toContain(
    '2 agents, 2 installations, 1 already gone, 1 never registered: told over NATS only, 1 unknown and left out',
  )
  const sent = after(model, ...typed('2'), key('enter'))
  expect(orderAsks(sent.effects)[0]?.request).toMatchObject({
    agents: ['agent-1', 'agent-2'],
    scope: { text: '2 agents', targets: 2 },
  })
})

test('who is meant stands from the key on, whatever is marked or selected later', () => {
  const begun = after(marked(fleet(), 'agent-1', 'agent-2'), key('P'))
  const meanwhile = after(
    marked(begun.model, ...agents),
    answer(begun.effects, previewed(makePreview([makeOrder('agent-1'), makeOrder('agent-2')]))),
    ...typed('late'),
    key('enter'),
    ...typed('2'),
    key('enter'),
  )
  expect(orderAsks(meanwhile.effects)[0]?.request).toMatchObject({
    command: 'pause',
    agents: ['agent-1', 'agent-2'],
  })
})

test('what was sent opens the page of the command, and esc goes back to where it was given', () => {
  const sent = after(drafted(fleet(), makePreview([makeOrder('agent-1')])), ...typed('agent-1'), key('enter'))
  const { model } = after(sent.model, answer(sent.effects, previewed(makePreview([]))))
  expect(model.place).toMatchObject({ view: 'control', command: 'c-1' })
  expect(model.draft).toBeNull()
  expect(lineOf(model, -1)).toContain('kill of agent-1 is ordered')
  expect(after(model, key('escape')).model.place).toMatchObject({ view: 'fleet', command: null })
})

test('what could not be sent says why and can be confirmed once more, under the same id', () => {
  const first = after(
    drafted(fleet(), makePreview([makeOrder('agent-1')])),
    ...typed('agent-1'),
    key('enter'),
  )
  const { model } = after(
    first.model,
    answer(first.effects, { ok: false, error: 'no gateway \u001b[31manswers' }),
  )
  expect(screenOf(model)).toContain('no gateway \\e[31manswers')
  const again = after(model, ...typed('agent-1'), key('enter'))
  expect(orderAsks(again.effects)[0]?.request).toEqual(orderAsks(first.effects)[0]?.request)
})

test('a preview that failed is asked for again, and without one nothing is sent', () => {
  const begun = after(fleet(), key('K'))
  const waiting = after(begun.model, ...typed('why'), key('enter'), ...typed('agent-1'), key('enter'))
  expect(orderAsks(waiting.effects)).toEqual([])
  const failed = after(waiting.model, answer(begun.effects, { ok: false, error: 'no gateway answers' }))
  expect(screenOf(failed.model)).toContain('no gateway answers')
  const again = after(failed.model, key('enter'))
  expect(orderAsks(again.effects).map(({ request }) => request.dry_run)).toEqual([true])
})

test('esc leaves it, and an answer that comes later changes nothing', () => {
  const begun = after(fleet(), key('K'))
  const left = after(begun.model, ...typed('why'), key('escape'))
  expect(left.model).toMatchObject({ draft: null, prompt: null })
  const late = after(left.model, answer(begun.effects, previewed(makePreview([makeOrder('agent-1')]))))
  expect(late.model.draft).toBeNull()
  // Nor does it become the preview of the next one.
  const next = after(left.model, key('C'))
  expect(
    after(next.model, answer(begun.effects, previewed(makePreview([makeOrder('agent-9')])))).model.draft
      ?.preview,
  ).toBeNull()
})

test.each(['K', 'P', 'C'])(
  '%s does nothing but say so when read-only, in the past, or without an agent',
  (pressed) => {
    const travelling = after(fleet(), key('t')).model
    const cases: [Model, RegExp][] = [
      [fleet({ readonly: true }), /read-only/],
      [travelling, /the past is over/],
      [startModel(onView('services')), /nobody to/],
    ]
    for (const [model, says] of cases) {
      const { model: next, effects } = after(model, key(pressed))
      expect(effects).toEqual([])
      expect(next).toMatchObject({ draft: null, prompt: null })
      expect(lineOf(next, -1)).toMatch(says)
    }
  },
)

test('a read-only screen has no word of what acts, in the footer, the help and the palette', () => {
  const palette = (model: Model): string => screenOf(after(model, key(':'), ...typed('kill')).model)
  const help = (model: Model): string => screenOf(after({ ...model, rows: 80 }, key('?')).model)
  const free = fleet({ columns: 200 })
  const bound = fleet({ columns: 200, readonly: true })
  expect(lineOf(free, -1)).toContain('K kill')
  expect(lineOf(bound, -1)).not.toContain('K kill')
  expect(help(free)).toContain('kill the marked agents')
  expect(help(bound)).not.toContain('kill the marked agents')
  expect(palette(free)).toContain('kill agents')
  expect(palette(bound)).not.toContain('kill agents')
})

test('ids are harmless on the screen, and it fits the smallest one', () => {
  const id = 'evil\u001b[2J\u202e'
  const model = drafted(
    marked(fleet({ columns: 60, rows: 15 }), id),
    makePreview([makeOrder(id)], ['unknown']),
  )
  const lines = screenOf(model).split('\n')
  expect(lines).toHaveLength(15)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(60)
  expect(screenOf(model)).not.toContain('\u001b')
  expect(screenOf(model)).not.toContain('\u202e')
})
