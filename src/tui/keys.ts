// The common keys in one table: what they do, and how the footer and the help name them. Each view adds its own (view-spec.ts).

export type KeyBinding = {
  action: string
  /** Names as `toKeyName` gives them. */
  keys: readonly string[]
  /** As people read it. */
  label: string
  help: string
  /** Word in the footer; absent when only the help shows it. */
  footer?: string
  /** Carried out by the view on the screen, in its `update`. */
  forView?: true
}

export const commonKeys: readonly KeyBinding[] = [
  { action: 'filter', keys: ['/'], label: '/', help: 'filter the agents by an expression', footer: 'filter' },
  { action: 'search', keys: ['ctrl-f'], label: '^F', help: 'search in this view' },
  {
    action: 'command',
    keys: [':'],
    label: ':',
    help: 'the palette: every view and action by name',
    footer: 'command',
  },
  {
    action: 'down',
    keys: ['down', 'j'],
    label: '↓ j',
    help: 'one down; the selection stays with its agent',
    forView: true,
  },
  { action: 'up', keys: ['up', 'k'], label: '↑ k', help: 'one up', forView: true },
  { action: 'page_down', keys: ['pagedown', 'ctrl-d'], label: 'PgDn', help: 'a page down', forView: true },
  { action: 'page_up', keys: ['pageup', 'ctrl-u'], label: 'PgUp', help: 'a page up', forView: true },
  { action: 'first', keys: ['home', 'g'], label: 'g', help: 'to the top', forView: true },
  { action: 'last', keys: ['end', 'G'], label: 'G', help: 'to the end; follows again', forView: true },
  {
    action: 'open',
    keys: ['enter'],
    label: '⏎',
    help: 'open what is selected',
    footer: 'open',
    forView: true,
  },
  { action: 'back', keys: ['escape'], label: 'esc', help: 'back to where you were; closes what is open' },
  { action: 'mark', keys: ['space'], label: 'space', help: 'mark the agent, or unmark it' },
  { action: 'unmark', keys: ['ctrl-space', 'U'], label: 'U', help: 'unmark all' },
  {
    action: 'copy',
    keys: ['y'],
    label: 'y',
    help: 'copy the ids of the marked agents, or of the selected one',
  },
  {
    action: 'pause',
    keys: ['p'],
    label: 'p',
    help: 'hold the picture still; events go on being counted',
    footer: 'pause',
  },
  {
    action: 'travel',
    keys: ['t'],
    label: 't',
    help: 'time travel: pick a moment of the past; t again comes back',
    footer: 'time',
  },
  { action: 'theme', keys: ['T'], label: 'T', help: 'the next theme' },
  { action: 'mouse', keys: ['m'], label: 'm', help: 'mouse on or off; off lets you select text' },
  { action: 'suspend', keys: ['ctrl-z'], label: '^Z', help: 'suspend; fg brings it back' },
  { action: 'help', keys: ['?'], label: '?', help: 'show or close this help', footer: 'help' },
  {
    action: 'quit',
    keys: ['q', 'ctrl-c'],
    label: 'q',
    help: 'quit; the terminal is as before',
    footer: 'quit',
  },
]

/** The action of a key: the view's own binding wins over the common one. */
export const toBinding = (
  key: string,
  ownKeys: readonly KeyBinding[],
): (KeyBinding & { own: boolean }) | undefined => {
  const own = ownKeys.find(({ keys }) => keys.includes(key))
  if (own) return { ...own, own: true }
  const common = commonKeys.find(({ keys }) => keys.includes(key))
  return common && { ...common, own: false }
}

/** What Ink says about a key press, as far as it matters here. */
export type Press = Partial<
  Record<
    | 'upArrow'
    | 'downArrow'
    | 'leftArrow'
    | 'rightArrow'
    | 'pageDown'
    | 'pageUp'
    | 'home'
    | 'end'
    | 'escape'
    | 'return'
    | 'tab'
    | 'shift'
    | 'backspace'
    | 'delete'
    | 'ctrl'
    | 'meta',
    boolean
  >
>

const named = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageDown', 'pagedown'],
  ['pageUp', 'pageup'],
  ['home', 'home'],
  ['end', 'end'],
  ['escape', 'escape'],
  ['return', 'enter'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
] as const

/** A printable key is its own text; `space`, and names for the others. */
export function toKeyName(input: string, press: Press): string {
  if (press.tab) return press.shift ? 'backtab' : 'tab'
  const name = named.find(([flag]) => press[flag])?.[1]
  if (name !== undefined) return press.ctrl ? `ctrl-${name}` : press.shift ? `shift-${name}` : name
  if (press.ctrl) return `ctrl-${input === ' ' ? 'space' : input}`
  return input === ' ' ? 'space' : input
}
