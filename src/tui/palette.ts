// The palette: every view, every action and every command by name. What there is, what a typed text means, what it does.

import { parseExpression } from '../core/expression.ts'
import { nearest } from '../core/nearest.ts'
import { err, ok, type Result } from '../core/result.ts'
import { toAgentRow } from '../core/view.ts'
import { act, remember, setMouse, setTheme } from './act.ts'
import { fuzzyFilter } from './fuzzy.ts'
import { commonKeysOf, type KeyBinding, travelKeys } from './keys.ts'
import { type Effect, liveNow, type Model, pictureOf } from './model.ts'
import { parseMoment } from './moment.ts'
import { open, tell } from './tell.ts'
import { type ThemeName, themeNames } from './themes.ts'
import { actInTravel, stopTravel, travelTo } from './travel.ts'
import { viewNames, viewOf } from './views.ts'

type Step = readonly [model: Model, effects: Effect[]]

export type Entry = {
  /** What is typed. */
  name: string
  help: string
  /** The key that does the same. */
  key: string
  /** Name of the argument, where one is needed. */
  metavar?: string
  /** What the argument can be; `free` allows others too. */
  values?: readonly string[]
  free?: true
  run(model: Model, argument: string): Result<Step, string>
}

/** A line of the list. */
export type Choice = { text: string; help: string; key: string; entry: Entry | null }

const recent_max = 3

/** What the typed text may become, the best first. */
export function choicesOf(model: Model, text: string): Choice[] {
  const all = entriesOf(model)
  const { entry, argument } = split(all, text)
  if (entry) return argumentsOf(entry, argument)
  const choices = fuzzyFilter(text.trim(), all, ({ name }) => name).map(toChoice)
  return text.trim() === '' ? [...recentOf(model), ...choices] : choices
}

/** Runs the text; the error says what is wrong with it. */
export function runPalette(model: Model, text: string): Result<Step, string> {
  const all = entriesOf(model)
  const word = text.trim()
  const exact = all.find(({ name, metavar }) => name === word && metavar === undefined)
  if (exact) return kept(word, exact.run(model, ''))
  const { entry, argument } = split(all, `${word} `)
  if (!entry) {
    const meant = nearest(
      word,
      all.map(({ name }) => name),
    )
    return err(`${word} is no command${meant === undefined ? '' : `: did you mean ${meant}?`}`)
  }
  if (argument === '') return err(`${entry.name} needs ${entry.metavar}`)
  if (entry.values && !entry.free && !entry.values.includes(argument)) {
    const meant = nearest(argument, entry.values)
    return err(
      `${argument} is none of ${meant ?? entry.values.join(', ')}${meant === undefined ? '' : ' …: did you mean that?'}`,
    )
  }
  return kept(word, entry.run(model, argument))
}

const commands_max = 50

/** A command that worked is remembered. */
function kept(text: string, result: Result<Step, string>): Result<Step, string> {
  if (!result.ok) return result
  const [model, effects] = result.value
  const [next, more] = remember(model, {
    commands: [text, ...model.memory.commands.filter((each) => each !== text)].slice(0, commands_max),
  })
  return ok([next, [...effects, ...more]])
}

/** The entry whose name and argument these are: `sort ra` is `ra` of sort. */
function split(all: Entry[], text: string): { entry: Entry | undefined; argument: string } {
  const entry = all.find(({ name, metavar }) => metavar !== undefined && text.startsWith(`${name} `))
  return { entry, argument: entry ? text.slice(entry.name.length + 1).trim() : '' }
}

/** The known values that fit; where others are allowed, what is typed comes first. */
function argumentsOf(entry: Entry, argument: string): Choice[] {
  const { name, values = [], help, key, metavar } = entry
  const isOther = entry.values === undefined || (entry.free && argument !== '' && !values.includes(argument))
  const shown = [...(isOther ? [argument] : []), ...fuzzyFilter(argument, values, (each) => each)]
  return shown.map((value) => ({
    text: `${name} ${value}`,
    help: value === '' ? `${metavar}: ${help}` : help,
    key,
    entry,
  }))
}

const toChoice = (entry: Entry): Choice => ({
  text: entry.name,
  help: entry.metavar === undefined ? entry.help : `${entry.metavar}: ${entry.help}`,
  key: entry.key,
  entry,
})

const recentOf = ({ memory }: Model): Choice[] =>
  memory.commands.slice(0, recent_max).map((text) => ({ text, help: 'again', key: '', entry: null }))

/** The view's own first, then the views, the commands with arguments, and the common actions. */
function entriesOf(model: Model): Entry[] {
  const spec = viewOf(model.place.view)
  const own = spec.keys
    .filter(({ help }) => help !== undefined)
    .map(
      ({ action, help = '', label }): Entry => ({
        name: toName(action),
        help,
        key: label,
        run: (at) => ok(tell(at, { type: 'action', action })),
      }),
    )
  const ownCommands = (spec.commands ?? []).map((command): Entry => {
    const values = command.values?.(model, model.views[model.place.view])
    return {
      name: command.name,
      help: command.help,
      key: '',
      metavar: command.metavar,
      ...(values ? { values } : {}),
      run: (at, argument) => ok(tell(at, { type: 'command', name: command.name, argument })),
    }
  })
  const views = viewNames.map(
    (name, i): Entry => ({
      name: viewOf(name).title,
      help: viewOf(name).help,
      key: String(i + 1),
      run: (at) => ok(act(at, `view_${name}`)),
    }),
  )
  const isPossible = ({ action }: KeyBinding): boolean =>
    action === 'search' ? spec.searches === true : action !== 'filter' || spec.filters !== false
  const actions = commonKeysOf(model)
    .filter(isPossible)
    .map(
      ({ action, help = '', label, forView }): Entry => ({
        name: toName(action),
        help,
        key: label,
        run: (at) => ok(forView ? tell(at, { type: 'action', action }) : act(at, action)),
      }),
    )
  const inTravel = (model.travel ? travelKeys : [])
    .filter(({ label, action }) => label !== '' && !actions.some(({ name }) => name === toName(action)))
    .map(
      ({ action, help = '', label }): Entry => ({
        name: toName(action),
        help,
        key: label,
        run: (at) => ok(at.travel ? actInTravel(at, at.travel, action) : [at, []]),
      }),
    )
  const all = [...ownCommands, ...own, ...views, ...commandsOf(model), ...inTravel, ...actions]
  // Where a view gives a common name a meaning of its own, that one counts.
  return all.filter(
    (entry, i) => all.findIndex((each) => each.name === entry.name && !each.metavar === !entry.metavar) === i,
  )
}

const toName = (action: string): string => action.replaceAll('_', ' ')

function commandsOf(model: Model): Entry[] {
  const frame = pictureOf(model)?.frame
  const agents = frame ? frame.rows.map((cells) => toAgentRow(frame.columns, cells).agent) : []
  return [
    {
      name: 'where',
      metavar: 'EXPR',
      help: 'filter the agents',
      key: '/',
      run(at, argument) {
        const expression = parseExpression(argument, { fields: 'agent' })
        return expression.ok ? ok(open(at, { where: argument })) : err(expression.error.message)
      },
    },
    {
      name: 'agent',
      metavar: 'ID',
      help: 'open an agent',
      key: '⏎',
      values: agents,
      free: true,
      run: (at, argument) => ok(open(at, { view: 'agent', agent: argument })),
    },
    {
      name: 'at',
      metavar: 'TIME',
      help: 'the fleet as it was: 10m, 12:41:03, #81233',
      key: '@',
      run(at, argument) {
        const moment = parseMoment(argument, liveNow(at))
        if (!moment.ok) return err(`${argument} ${moment.error}`)
        return ok(moment.value ? travelTo(at, moment.value) : stopTravel(at))
      },
    },
    {
      name: 'theme',
      metavar: 'NAME',
      help: 'how it looks',
      key: 'T',
      values: themeNames,
      run: (at, argument) => ok(setTheme(at, argument as ThemeName)),
    },
    {
      name: 'mouse',
      metavar: 'ON',
      help: 'mouse on or off',
      key: 'm',
      values: ['on', 'off'],
      run: (at, argument) => ok(setMouse(at, argument === 'on')),
    },
  ]
}
