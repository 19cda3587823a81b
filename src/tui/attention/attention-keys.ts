// The keys of the attention view: a letter for each kind of trouble.

import type { KeyBinding } from '../keys.ts'
import { type Trouble, troubles } from './attention-state.ts'

/** `g` goes to the top everywhere: gaps are missing numbers. */
export const troubleKeys: Record<Trouble, string> = {
  unhealthy: 'u',
  stuck: 's',
  waiting: 'w',
  erroring: 'e',
  finished: 'f',
  gaps: 'n',
}

const helps: Record<Trouble, string> = {
  unhealthy: 'only the unhealthy: silent for far too long',
  stuck: 'only the stuck: in a tool or task for far too long',
  waiting: 'only those that wait for a person',
  erroring: 'only those that report errors',
  finished: 'only those that finished, and nobody took notice',
  gaps: 'only those with missing numbers',
}

export const attentionKeys: readonly KeyBinding[] = [
  {
    action: 'next_kind',
    keys: ['right', 'l'],
    label: '← →',
    help: 'the next kind of trouble, or the one before',
    footer: 'kind',
  },
  { action: 'previous_kind', keys: ['left', 'h'], label: '' },
  { action: 'all', keys: ['a'], label: 'a', help: 'all who need you', footer: 'all' },
  ...troubles.map((trouble) => ({
    action: trouble,
    keys: [troubleKeys[trouble]],
    label: troubleKeys[trouble],
    help: helps[trouble],
  })),
]
