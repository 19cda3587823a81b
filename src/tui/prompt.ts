// The line being typed: filter, search, palette and time. Editing is the same for all; what enter does is not.

import { parseExpression } from '../core/expression.ts'
import type { Effect, Model, Prompt } from './model.ts'
import { tell } from './tell.ts'

export const openPrompt = (model: Model, name: Prompt['name'], text: string): Model => ({
  ...model,
  prompt: { name, text, cursor: text.length, error: null, recalled: -1 },
})

export function editPrompt(model: Model, prompt: Prompt, key: string): readonly [Model, Effect[]] {
  switch (key) {
    case 'escape':
    case 'ctrl-c':
      return [{ ...model, prompt: null }, []]
    case 'enter':
      return enter({ ...model, prompt: null }, prompt)
    case 'backspace':
      return [withText(model, prompt, prompt.text.slice(0, -1)), []]
    case 'space':
      return [withText(model, prompt, `${prompt.text} `), []]
    default:
      return key.length === 1 ? [withText(model, prompt, prompt.text + key), []] : [model, []]
  }
}

function withText(model: Model, prompt: Prompt, text: string): Model {
  const expression = prompt.name === 'filter' ? parseExpression(text, { fields: 'agent' }) : null
  const error = expression && !expression.ok ? expression.error : null
  return { ...model, prompt: { ...prompt, text, cursor: text.length, error } }
}

function enter(model: Model, { name, text, error }: Prompt): readonly [Model, Effect[]] {
  if (error) return [model, []]
  if (name === 'filter')
    return tell({ ...model, place: { ...model.place, where: text } }, { type: 'entered' })
  return [model, []]
}
