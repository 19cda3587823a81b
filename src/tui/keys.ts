// Every key in one table: what it does, and how the footer and the help name it.

export const actions = [
  'quit',
  'down',
  'up',
  'page_down',
  'page_up',
  'first',
  'last',
  'deselect',
  'pause',
  'sort',
  'help',
  'suspend',
] as const
export type Action = (typeof actions)[number]

export type KeyBinding = {
  action: Action
  /** Names as `toKeyName` gives them. */
  keys: string[]
  /** As people read it. */
  label: string
  help: string
  /** Word in the footer; absent when only the help shows it. */
  footer?: string
}

export const keyTable: KeyBinding[] = [
  {
    action: 'quit',
    keys: ['q', 'ctrl-c'],
    label: 'q',
    help: 'quit; the terminal is as before',
    footer: 'quit',
  },
  {
    action: 'down',
    keys: ['down', 'j'],
    label: '↓ j',
    help: 'select the next agent; the selection stays with it',
  },
  { action: 'up', keys: ['up', 'k'], label: '↑ k', help: 'select the agent before' },
  { action: 'page_down', keys: ['pagedown', 'ctrl-f'], label: 'PgDn', help: 'a page down' },
  { action: 'page_up', keys: ['pageup', 'ctrl-b'], label: 'PgUp', help: 'a page up' },
  { action: 'first', keys: ['home', 'g'], label: 'g', help: 'to the top' },
  { action: 'last', keys: ['end', 'G'], label: 'G', help: 'to the bottom' },
  { action: 'deselect', keys: ['escape'], label: 'esc', help: 'select nothing; close the help' },
  { action: 'sort', keys: ['s'], label: 's', help: 'sort by the next column', footer: 'sort' },
  {
    action: 'pause',
    keys: ['p', 'space'],
    label: 'p',
    help: 'hold the picture still; events go on being counted',
    footer: 'pause',
  },
  { action: 'suspend', keys: ['ctrl-z'], label: '^Z', help: 'suspend; fg brings it back' },
  { action: 'help', keys: ['?', 'h'], label: '?', help: 'show or close this help', footer: 'help' },
]

const byKey = new Map(keyTable.flatMap(({ action, keys }) => keys.map((key) => [key, action] as const)))

export const toAction = (key: string): Action | undefined => byKey.get(key)

/** What Ink says about a key press, as far as it matters here. */
export type Press = Partial<
  Record<'upArrow' | 'downArrow' | 'pageDown' | 'pageUp' | 'home' | 'end' | 'escape' | 'ctrl', boolean>
>

export function toKeyName(input: string, press: Press): string {
  if (press.upArrow) return 'up'
  if (press.downArrow) return 'down'
  if (press.pageDown) return 'pagedown'
  if (press.pageUp) return 'pageup'
  if (press.home) return 'home'
  if (press.end) return 'end'
  if (press.escape) return 'escape'
  if (press.ctrl) return `ctrl-${input}`
  return input === ' ' ? 'space' : input
}
