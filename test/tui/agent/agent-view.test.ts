import { expect, test } from 'vitest'
import type { AgentDocument } from '../../../src/core/agent-document.ts'
import { type AgentState, agentInit } from '../../../src/tui/agent/agent-state.ts'
import { agentView } from '../../../src/tui/agent/agent-view.ts'
import { isGap } from '../../../src/tui/event/event-log.ts'
import { type Effect, type Model, makeModel } from '../../../src/tui/model.ts'
import { makePaint } from '../../../src/tui/paint.ts'
import { addFrame } from '../../../src/tui/picture.ts'
import type { Size, ViewMessage } from '../../../src/tui/view-spec.ts'
import { answerEvents, frameOf, makeEvent } from '../event/fake-historian.ts'
import { makeFrame, start_ms } from '../frames.ts'
import { makeDocument } from './agent-document.ts'

const plain = makePaint({ color: false, theme: 'mono', ascii: false })
const wide: Size = { columns: 160, rows: 44 }
const small: Size = { columns: 80, rows: 18 }

/** The view on an agent that sent each seventh event of a stream. */
class View {
  model: Model
  state: AgentState = agentInit
  events = Array.from({ length: 100 }, (_, i) => makeEvent(i + 1))
  done: Effect[] = []
  document: AgentDocument | string = makeDocument()
  size: Size

  constructor(size: Size, agent: string | null = 'agent-3') {
    this.size = size
    this.model = makeModel({
      columns: size.columns,
      rows: size.rows + 6,
      now_ms: 0,
      wall_ms: start_ms,
      place: { view: 'agent', agent },
    })
    const live = addFrame(null, makeFrame([], { seq: 90, at_ms: start_ms + 60_000 }), 0)
    this.model = { ...this.model, live }
    this.send({ type: 'entered' })
  }

  send(message: ViewMessage): void {
    const [state, effects] = agentView.update(this.model, this.state, message, this.size)
    this.state = state
    for (const effect of effects) {
      this.done.push(effect)
      if (effect.type !== 'ask') continue
      const { ask } = effect
      const answer =
        ask.what === 'events'
          ? { ok: true as const, value: answerEvents(this.events.slice(0, 90), ask.request) }
          : typeof this.document === 'string'
            ? { ok: false as const, error: this.document }
            : { ok: true as const, value: this.document }
      this.send({ type: 'answer', id: ask.id, answer })
    }
  }

  press(...actions: string[]): void {
    for (const action of actions) this.send({ type: 'action', action })
  }

  get lines(): string[] {
    return agentView.lines(this.model, this.state, this.size, plain)
  }

  get text(): string {
    return this.lines.join('\n')
  }

  get seqs(): number[] {
    return this.state.browser.reader.list.log.items.flatMap((item) => (isGap(item) ? [] : [item.seq]))
  }
}

test('it says how the agent is, why, in numbers, over time, and what it sent', () => {
  const { text, lines } = new View(wide)
  expect(lines[0]).toContain('agent-3   ✗ unhealthy   ● running for 1m 00s   ◑ needs you: stuck   busy')
  expect(text).toContain('silent for 1m 42s, three times its rhythm of 34 s')
  expect(text).toMatch(/#52 \d\d:\d\d:00/)
  expect(text).toMatch(/0\.1 1 s {4}0\.2 10 s {3}12\.3 60 s/)
  expect(text).toContain('12 errors, 3.0 % lately')
  expect(text).toContain('1 gap  0 late  2 missing')
  expect(text).toContain('every 34 s  from its rhythm')
  expect(text).toContain('"deep": true')
  expect(text).toMatch(/status +r+/)
  expect(text).toContain('#87')
})

test('an agent with a lease shows how long that still lasts and where it runs, also on a small screen', () => {
  const leased = (left_ms: number): AgentDocument =>
    makeDocument({
      lease_expires_at: new Date(start_ms + 60_000 + left_ms).toISOString(),
      installation_id: '01900000-0000-7000-8000-00000000abcd',
      platform: { type: 'docker', container_id: 'c0f\u001bfee' },
    })
  const shown = (size: Size, left_ms: number): string => {
    const view = new View(size)
    view.document = leased(left_ms)
    view.send({ type: 'tick' })
    return view.text
  }
  expect(shown(wide, 42_000)).toMatch(/lease +ends in 42s {2}installation 00000000abcd/)
  expect(shown(wide, 42_000)).toMatch(/runs in +docker {2}container_id: c0f\\efee/)
  expect(shown(wide, -12_000)).toMatch(/lease +ran out 12s ago/)
  expect(shown({ columns: 120, rows: 30 }, 42_000)).toContain('lease ends in 42s  in docker')
  expect(new View(wide).text).not.toContain('lease')
})

test('on a small screen state, reasons, the timeline and events are there', () => {
  const { lines, text } = new View(small)
  expect(lines.length).toBe(small.rows)
  expect(lines[0]).toContain('✗ unhealthy')
  expect(text).toContain('silent for 1m 42s')
  expect(text).toContain('── timeline')
  expect(text).toContain('── events')
})

test('its events are its own, from the archive and live, without a gap or a repeat', () => {
  const view = new View(wide)
  expect(view.seqs).toEqual(Array.from({ length: 13 }, (_, i) => 3 + i * 7))
  const ours = view.events.filter(({ agent_id }) => agent_id === 'agent-3')
  const query = agentView.query(view.model, view.state, wide)
  expect(query.newest_where).toBe('agent:"agent-3"')
  // The first frame still answers the query of another view.
  view.send({ type: 'frame', frame: frameOf(view.events, 90, 95, 200) })
  const frame = {
    ...frameOf(ours, 90, 100, 200),
    tag: query.tag ?? null,
  }
  view.send({ type: 'frame', frame })
  expect(view.seqs).toEqual(ours.map(({ seq }) => seq))
})

test('w opens the events behind the reasons in turn, and back closes', () => {
  const view = new View(wide)
  view.press('why')
  expect(view.text).toContain('event #52')
  expect(view.text).toContain('"id": "id-52"')
  view.press('why')
  expect(view.text).toContain('"id": "id-31"')
  view.press('why')
  expect(view.text).toContain('"id": "id-52"')
  view.press('back')
  expect(view.text).not.toContain('"id"')
  const { state } = view
  view.press('back')
  expect(view.state).toBe(state)
})

test('enter opens an event, f the feed of the agent, whatever it is called', () => {
  const view = new View(wide, 'a "b\\')
  view.press('feed')
  expect(view.done).toContainEqual({ type: 'open', place: { view: 'feed', where: 'agent:"a \\"b\\\\"' } })
  const other = new View(wide)
  other.press('up', 'open')
  expect(other.text).toContain('event #87')
})

test('it asks again each second, but not while paused or in the past', () => {
  const view = new View(wide)
  const asked = (): number =>
    view.done.filter((effect) => effect.type === 'ask' && effect.ask.what === 'agent').length
  const before = asked()
  view.send({ type: 'tick' })
  expect(asked()).toBe(before + 1)
  view.model = { ...view.model, held: view.model.live }
  view.send({ type: 'tick' })
  expect(asked()).toBe(before + 1)
})

test('an agent that was never heard of is said to be so; one that was shown stays', () => {
  const view = new View(wide)
  view.document = 'agent-3 was never heard of'
  view.send({ type: 'tick' })
  expect(view.lines[0]).toMatch(/agent-3 +✗ unhealthy.*agent-3 was never heard of/)
  view.model = { ...view.model, place: { ...view.model.place, agent: 'agent-99' } }
  view.document = 'agent-99 was never heard of'
  view.send({ type: 'entered' })
  expect(view.lines[0]).toBe('  agent-99   agent-99 was never heard of')
})

test('without an agent it says how to choose one', () => {
  expect(new View(wide, null).text).toContain('no agent is chosen: press enter on one')
})

test('less and more time in the timeline', () => {
  const view = new View(wide)
  expect(view.text).toContain('a cell is 5 s')
  view.press('zoom_in')
  expect(view.text).toContain('a cell is 2 s')
  view.press('zoom_out', 'zoom_out', 'zoom_out', 'zoom_out', 'zoom_out')
  expect(view.text).toContain('a cell is 5 min')
})
