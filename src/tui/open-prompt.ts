// Opens the line being typed: what stands in it at first.

import type { Model, Prompt } from './model.ts'

const closed: Omit<Prompt, 'name' | 'text' | 'cursor'> = {
  error: null,
  offered: false,
  recalled: -1,
  draft: '',
  before: '',
  choice: 0,
}

export function openPrompt(model: Model, name: Prompt['name'], text = ''): Model {
  const { where } = model.place
  if (name === 'filter' && where !== '') return withPrompt(model, { name, text: where, before: where })
  const [last] = historyOf(model, name)
  // The last one is back at once: enter takes it, a letter begins another one.
  if ((name === 'filter' || name === 'search') && last !== undefined)
    return withPrompt(model, { name, text: last, offered: true })
  return withPrompt(model, { name, text })
}

export const withPrompt = (model: Model, prompt: Pick<Prompt, 'name' | 'text'> & Partial<Prompt>): Model => ({
  ...model,
  prompt: { ...closed, cursor: prompt.text.length, ...prompt },
})

/** The newest first. */
export function historyOf({ memory }: Model, name: Prompt['name']): string[] {
  switch (name) {
    case 'filter':
      return memory.filters
    case 'search':
      return memory.searches
    case 'command':
      return memory.commands
    case 'time':
    case 'reason':
    case 'confirm':
      return []
  }
}
