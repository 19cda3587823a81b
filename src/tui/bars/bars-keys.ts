// The keys of the bars view.

import type { KeyBinding } from '../keys.ts'

export const barsKeys: readonly KeyBinding[] = [
  {
    action: 'moment',
    keys: ['v', 't'],
    label: 'v',
    help: 'time travel to the moment of the selected bar; t does the same',
    footer: 'that moment',
  },
  { action: 'claims', keys: ['f'], label: 'f', help: 'the claims of the bar in the feed', footer: 'claims' },
  {
    action: 'copy_report',
    keys: ['y'],
    label: 'y',
    help: 'copy the report as a line of JSON',
    footer: 'copy',
  },
]
