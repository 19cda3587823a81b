// The line being typed: filter, search, palette and time. Editing is the same for all; what a change and enter do is not.

import { parseExpression } from '../core/expression.ts'
import { describeFields } from '../core/expression-fields.ts'
import { remember } from './act.ts'
import { editLine, insertText, isCharacter } from './line-editor.ts'
import { type Effect, liveNow, type Model, type Prompt } from './model.ts'
import { parseMoment } from './moment.ts'
import { historyOf } from './open-prompt.ts'
import { judgeReason } from './order/draft.ts'
import { confirmDraft, confirmReason } from './order/draft-steps.ts'
import { choicesOf, runPalette } from './palette.ts'
import { tell } from './tell.ts'
import { stopTravel, travelTo } from './travel.ts'

type Step = readonly [model: Model, effects: Effect[]]

export function editPrompt(model: Model, prompt: Prompt, key: string): Step {
  switch (key) {
    case 'escape':
    case 'ctrl-c':
    case 'ctrl-g':
      return cancel(model, prompt)
    case 'enter':
      return confirm(model, prompt)
    case 'up':
      return prompt.name === 'command' ? [choose(model, prompt, -1), []] : recall(model, prompt, 1)
    case 'down':
      return prompt.name === 'command' ? [choose(model, prompt, 1), []] : recall(model, prompt, -1)
    case 'ctrl-p':
      return recall(model, prompt, 1)
    case 'ctrl-n':
      return recall(model, prompt, -1)
    case 'tab':
      return complete(model, prompt)
    default: {
      const from = prompt.offered && replaces(key) ? { text: '', cursor: 0 } : prompt
      const line = key === 'backspace' && prompt.offered ? from : editLine(from, key)
      return line ? change(model, { ...prompt, ...line, recalled: -1 }) : [model, []]
    }
  }
}

export function pasteIntoPrompt(model: Model, prompt: Prompt, text: string): Step {
  const line = insertText(prompt.offered ? { text: '', cursor: 0 } : prompt, text)
  return change(model, { ...prompt, ...line, recalled: -1 })
}

/** An offered text goes when another one is begun. */
const replaces = (key: string): boolean =>
  key === 'backspace' || key === 'delete' || key === 'space' || isCharacter(key)

/** The line as it is now: judged, and applied at once where that makes sense. */
function change(model: Model, edited: Prompt): Step {
  const prompt = { ...edited, offered: false, choice: 0, error: null }
  const { text } = prompt
  switch (prompt.name) {
    case 'filter': {
      const expression = parseExpression(text, { fields: 'agent' })
      if (!expression.ok) return [{ ...model, prompt: { ...prompt, error: expression.error } }, []]
      // `statu` is most likely on its way to `status:`; as a text of its own it counts once it is confirmed.
      return isFieldBegun(prompt) ? [{ ...model, prompt }, []] : filterBy({ ...model, prompt }, text.trim())
    }
    case 'search':
      return tell({ ...model, prompt }, { type: 'search', text })
    case 'time': {
      const moment = parseMoment(text, liveNow(model))
      if (text.trim() === '' || moment.ok) return [{ ...model, prompt }, []]
      return [{ ...model, prompt: { ...prompt, error: wholeLine(text, moment.error) } }, []]
    }
    case 'reason': {
      const wrong = judgeReason(text)
      return [{ ...model, prompt: { ...prompt, error: wrong === null ? null : wholeLine(text, wrong) } }, []]
    }
    case 'command':
    case 'confirm':
      return [{ ...model, prompt }, []]
  }
}

const wholeLine = (text: string, message: string): Prompt['error'] => ({
  message,
  position: 0,
  length: text.length,
})

function filterBy(model: Model, where: string): Step {
  if (where === model.place.where) return [model, []]
  return tell({ ...model, place: { ...model.place, where } }, { type: 'entered' })
}

function cancel(model: Model, prompt: Prompt): Step {
  const closed = { ...model, prompt: null }
  if (prompt.name === 'filter') return filterBy(closed, prompt.before)
  if (prompt.name === 'search') return tell(closed, { type: 'search', text: prompt.before })
  return [{ ...closed, draft: null }, []]
}

function confirm(model: Model, prompt: Prompt): Step {
  const closed = { ...model, prompt: null }
  const text = prompt.text.trim()
  switch (prompt.name) {
    case 'filter': {
      // What cannot be read stays until it is mended.
      if (prompt.error) return [model, []]
      const [filtered, effects] = filterBy(closed, text)
      if (text === prompt.before) return [filtered, effects]
      // esc goes back to the filter before.
      const trail = [{ ...model.place, where: prompt.before }, ...model.trail]
      return andThen([{ ...filtered, trail }, effects], (next) => keep(next, 'filters', text))
    }
    case 'search':
      return andThen(tell(closed, { type: 'search', text: prompt.text }), (next) =>
        keep(next, 'searches', text),
      )
    case 'time': {
      if (text === '') return [closed, []]
      const moment = parseMoment(text, liveNow(model))
      if (!moment.ok) return [{ ...model, prompt: { ...prompt, error: wholeLine(text, moment.error) } }, []]
      return moment.value ? travelTo(closed, moment.value) : stopTravel(closed)
    }
    case 'command':
      return confirmCommand(model, prompt, text)
    case 'reason':
      return model.draft ? confirmReason(model, model.draft, prompt) : [closed, []]
    case 'confirm':
      return model.draft ? confirmDraft(model, model.draft, prompt) : [closed, []]
  }
}

function confirmCommand(model: Model, prompt: Prompt, text: string): Step {
  const chosen = choicesOf(model, prompt.text)[prompt.choice]
  if (!chosen && text === '') return [{ ...model, prompt: null }, []]
  // A name whose argument is missing is completed, and waits for it.
  if (chosen?.entry?.metavar !== undefined && !chosen.text.includes(' ')) return complete(model, prompt)
  const ran = runPalette({ ...model, prompt: null }, chosen?.text ?? text)
  if (ran.ok) return ran.value
  return [{ ...model, prompt: { ...prompt, error: wholeLine(prompt.text, ran.error) } }, []]
}

const history_max = 50

function keep(model: Model, list: 'filters' | 'searches', text: string): Step {
  if (text === '') return [model, []]
  const texts = [text, ...model.memory[list].filter((each) => each !== text)].slice(0, history_max)
  return remember(model, { [list]: texts })
}

/** Up to older lines, down to newer ones, and below the newest to what was being typed. */
function recall(model: Model, prompt: Prompt, step: 1 | -1): Step {
  const history = historyOf(model, prompt.name)
  const recalled = Math.max(-1, Math.min(history.length - 1, prompt.recalled + step))
  if (recalled === prompt.recalled) return [model, []]
  const draft = prompt.recalled < 0 ? prompt.text : prompt.draft
  const text = recalled < 0 ? draft : (history[recalled] ?? '')
  return change(model, { ...prompt, text, cursor: text.length, recalled, draft })
}

function choose(model: Model, prompt: Prompt, step: 1 | -1): Model {
  const last = choicesOf(model, prompt.text).length - 1
  return { ...model, prompt: { ...prompt, choice: Math.max(0, Math.min(last, prompt.choice + step)) } }
}

/** Tab: the chosen line of the palette, the field of an expression, the whole offered text. */
function complete(model: Model, prompt: Prompt): Step {
  if (prompt.offered) return change(model, prompt)
  if (prompt.name === 'command') {
    const chosen = choicesOf(model, prompt.text)[prompt.choice]
    if (!chosen) return [model, []]
    const waits = chosen.entry?.metavar !== undefined && !chosen.text.includes(' ')
    const text = waits ? `${chosen.text} ` : chosen.text
    return change(model, { ...prompt, text, cursor: text.length })
  }
  if (prompt.name !== 'filter') return [model, []]
  const { text, cursor } = prompt
  const fields = fieldsBegunBy(prompt)
  const [field] = fields
  if (field === undefined || fields.length > 1) return [model, []]
  const word = wordBefore(prompt)
  const completed = text.slice(0, cursor - word.length) + (field.startsWith('meta.') ? 'meta.' : `${field}:`)
  return change(model, { ...prompt, text: completed + text.slice(cursor), cursor: completed.length })
}

/** Letters right before the cursor that may become the name of a field. */
const wordBefore = ({ text, cursor }: Prompt): string =>
  /(?:^|[\s!])([a-z.]+)$/.exec(text.slice(0, cursor))?.[1] ?? ''

export function fieldsBegunBy(prompt: Prompt): string[] {
  const word = wordBefore(prompt)
  if (word === '') return []
  return describeFields('agent').flatMap(({ name }) => (name.startsWith(word) ? [name] : []))
}

const isFieldBegun = (prompt: Prompt): boolean =>
  /^(\s|$)/.test(prompt.text.slice(prompt.cursor)) && fieldsBegunBy(prompt).length > 0

const andThen = ([model, effects]: Step, next: (model: Model) => Step): Step => {
  const [after, more] = next(model)
  return [after, [...effects, ...more]]
}
