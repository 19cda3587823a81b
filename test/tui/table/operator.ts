// Somebody at a view: presses keys, clicks, reads lines. Frames come when `look` is called, as often as the view wants others.

import type { FleetFrame } from '../../../src/core/view.ts'
import { type Effect, type Model, makeModel, type Place } from '../../../src/tui/model.ts'
import { makePaint, type Paint } from '../../../src/tui/paint.ts'
import { addFrame } from '../../../src/tui/picture.ts'
import type { ViewName, ViewStates } from '../../../src/tui/view-names.ts'
import type { Size, ViewMessage, ViewSpec } from '../../../src/tui/view-spec.ts'
import { answerQuery, type FakeAgent } from './fake-fleet.ts'

export const plain: Paint = makePaint({ color: false, theme: 'mono', ascii: false })

export function makeOperator<Name extends ViewName>(
  view: ViewSpec<Name>,
  initial: ViewStates[Name],
  agents: FakeAgent[],
  size: Size = { columns: 160, rows: 44 },
) {
  let state = initial
  let model: Model = {
    ...makeModel({ ...size, now_ms: 1_000, wall_ms: 1_000 }),
    place: { view: view.name, where: '', agent: null, window: null, command: null },
  }
  let trail: Place[] = []
  const asked: Effect[] = []
  const tell = (message: ViewMessage): void => {
    const [next, effects] = view.update(model, state, message, size)
    state = next
    for (const effect of effects) {
      if (effect.type !== 'open') asked.push(effect)
      else {
        trail = [model.place, ...trail]
        go({ ...model.place, ...effect.place })
      }
    }
  }
  const go = (place: Place): void => {
    model = { ...model, place }
    if (place.view === view.name) tell({ type: 'entered' })
  }
  const show = (frame: FleetFrame): void => {
    model = { ...model, live: addFrame(model.live, frame, model.now_ms) }
    tell({ type: 'frame', frame })
  }
  const query = () => view.query(model, state, size)
  const operator = {
    agents,
    asked,
    /** Frames until the view wants nothing else. */
    look() {
      for (let round = 0; round < 6; round++) {
        const wanted = JSON.stringify(query())
        show(answerQuery(operator.agents, query()))
        if (JSON.stringify(query()) === wanted) return operator
      }
      throw new Error('the view never wants the same twice')
    },
    show,
    query,
    press(...actions: string[]) {
      for (const action of actions) tell({ type: 'action', action })
      return operator
    },
    click(row: number, column = 3) {
      tell({ type: 'mouse', mouse: { kind: 'click', row, column } })
      return operator
    },
    wheel(kind: 'up' | 'down', row = 20) {
      tell({ type: 'mouse', mouse: { kind, row, column: 3 } })
      return operator
    },
    command(name: string, argument: string) {
      tell({ type: 'command', name, argument })
      return operator
    },
    tell,
    wait(for_ms: number) {
      model = { ...model, now_ms: model.now_ms + for_ms }
      return operator
    },
    mark(...ids: string[]) {
      model = { ...model, marks: new Set(ids) }
      return operator
    },
    filter(where: string) {
      go({ ...model.place, where })
      return operator
    },
    back() {
      const [place, ...rest] = trail
      trail = rest
      if (place) go(place)
      return operator
    },
    place: () => model.place,
    state: () => state,
    selected: () => view.selected?.(model, state) ?? null,
    note: () => view.note?.(model, state, size) ?? '',
    lines: (paint: Paint = plain) => view.lines(model, state, size, paint),
    text: () => view.lines(model, state, size, plain).join('\n'),
  }
  return operator
}
