// The common keys in one table: what they do, and how the footer and the help name them. Each view adds its own (view-spec.ts).

export type KeyBinding = {
  action: string
  /** Names as `toKeyName` gives them. */
  keys: readonly string[]
  /** As people read it; empty for the other key of a pair. */
  label: string
  /** Absent for the other key of a pair: the first one's label names both. */
  help?: string
  /** Word in the footer; absent when only the help shows it. */
  footer?: string
  /** Changes something outside of the screen: not there with --readonly. */
  acts?: true
  /** Carried out by the view on the screen, in its `update`. */
  forView?: true
}

export const commonKeys: readonly KeyBinding[] = [
  { action: 'filter', keys: ['/'], label: '/', help: 'filter the agents by an expression', footer: 'filter' },
  { action: 'search', keys: ['ctrl-f'], label: '^F', help: 'search in this view, without filtering' },
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
    action: 'kill_agents',
    keys: ['K'],
    label: 'K',
    help: 'kill the marked agents, or the selected one: asks for a reason and a confirmation',
    footer: 'kill',
    acts: true,
  },
  {
    action: 'pause_agents',
    keys: ['P'],
    label: 'P',
    help: 'pause them: no new tasks, what has begun goes on',
    acts: true,
  },
  { action: 'resume_agents', keys: ['C'], label: 'C', help: 'resume them', acts: true },
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
  { action: 'at', keys: ['@'], label: '@', help: 'type a moment to see: 10m, 12:41:03' },
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

/** The common keys that a screen has: a read-only one has none that acts. */
export const commonKeysOf = ({ readonly }: { readonly: boolean }): readonly KeyBinding[] =>
  readonly ? commonKeys.filter(({ acts }) => !acts) : commonKeys

/** While the past is shown these come first, before the view's own. */
export const travelKeys: readonly KeyBinding[] = [
  { action: 'travel', keys: ['t'], label: 't', help: 'back to the present', footer: 'live' },
  {
    action: 'second_back',
    keys: ['left'],
    label: '← →',
    help: 'a second back or forward',
    footer: '1 s',
  },
  { action: 'second_on', keys: ['right'], label: '' },
  {
    action: 'minute_back',
    keys: ['[', 'shift-left'],
    label: '[ ]',
    help: 'a minute back or forward; shift with the arrows does the same',
    footer: '1 min',
  },
  { action: 'minute_on', keys: [']', 'shift-right'], label: '' },
  {
    action: 'event_back',
    keys: [','],
    label: ', .',
    help: 'the event before or after',
    footer: 'event',
  },
  { action: 'event_on', keys: ['.'], label: '' },
  {
    action: 'zoom_in',
    keys: ['+', '=', 'shift-up'],
    label: '+ -',
    help: 'less or more time in the histogram',
    footer: 'zoom',
  },
  { action: 'zoom_out', keys: ['-', '_', 'shift-down'], label: '' },
  { action: 'at', keys: ['@'], label: '@', help: 'type a time', footer: 'type a time' },
]

/** Who carries out an action: the time travel, the view, or the root. */
export type Found = { action: string; by: 'travel' | 'view' | 'root' }

/** The action of a key: time travel's binding wins over the view's own, and that over the common one. */
export function toAction(key: string, ownKeys: readonly KeyBinding[], travelling: boolean): Found | null {
  const has = ({ keys }: KeyBinding): boolean => keys.includes(key)
  const travel = travelling ? travelKeys.find(has) : undefined
  if (travel) return { action: travel.action, by: 'travel' }
  const own = ownKeys.find(has)
  if (own) return { action: own.action, by: 'view' }
  const common = commonKeys.find(has)
  return common ? { action: common.action, by: common.forView ? 'view' : 'root' } : null
}

const words: readonly [sign: string, word: string][] = [
  ['↓', 'down'],
  ['↑', 'up'],
  ['←', 'left'],
  ['→', 'right'],
  ['⏎', 'enter'],
  ['⇥', 'tab'],
]

/** A label or a help in words, where the signs of keys cannot be drawn. */
export const toLabel = (label: string, ascii: boolean): string =>
  ascii ? words.reduce((text, [sign, word]) => text.replaceAll(sign, word), label) : label
