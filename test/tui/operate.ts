// Drives the pure model as an operator does: messages in, the model and its screen out.

import { type Effect, type Message, type Model, type ModelOptions, makeModel } from '../../src/tui/model.ts'
import { makePaint } from '../../src/tui/paint.ts'
import { update } from '../../src/tui/update.ts'
import type { ViewName } from '../../src/tui/view-names.ts'
import { viewScreen } from '../../src/tui/view-screen.ts'
import { start_ms } from './frames.ts'

export const plain = makePaint({ color: false, theme: 'mono', ascii: false })

export const startModel = (changes: Partial<ModelOptions> = {}): Model =>
  makeModel({ columns: 120, rows: 30, now_ms: 0, wall_ms: start_ms, ...changes })

/** The model after these messages, 10 ms apart, and all their effects. */
export function after(model: Model, ...messages: Message[]): { model: Model; effects: Effect[] } {
  const effects: Effect[] = []
  for (const message of messages) {
    const [next, more] = update(model, message, model.now_ms + 10)
    model = next
    effects.push(...more)
  }
  return { model, effects }
}

export const key = (name: string): Message => ({ type: 'key', key: name })
export const typed = (text: string): Message[] =>
  [...text].map((letter) => key(letter === ' ' ? 'space' : letter))
export const click = (row: number, column: number): Message => ({
  type: 'mouse',
  mouse: { kind: 'click', row, column },
})

export const screenOf = (model: Model, paint = plain): string => viewScreen(model, paint).join('\n')
export const lineOf = (model: Model, row: number): string => viewScreen(model, plain).at(row) ?? ''
export const onView = (view: ViewName): Partial<ModelOptions> => ({ place: { view } })
