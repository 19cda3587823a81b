// The keys of the fleet view.

import type { KeyBinding } from '../keys.ts'

export const fleetKeys: readonly KeyBinding[] = [
  {
    action: 'sort_left',
    keys: ['<'],
    label: '< >',
    help: 'sort by the column before, or the next one',
    footer: 'sort',
  },
  { action: 'sort_right', keys: ['>'], label: '' },
  { action: 'reverse', keys: ['r'], label: 'r', help: 'the order the other way round' },
  {
    action: 'roll_up',
    keys: ['R'],
    label: 'R',
    help: 'roll up by health, status, task, role …; ⏎ enters a group, esc comes back',
    footer: 'roll up',
  },
  {
    action: 'by',
    keys: ['b'],
    label: 'b',
    help: 'the heatmap by health, rate, last seen or errors',
    footer: 'by',
  },
  { action: 'heat_size', keys: ['H'], label: 'H', help: 'the heatmap off, normal or large' },
  {
    action: 'focus',
    keys: ['tab', 'backtab'],
    label: '⇥',
    help: 'into the heatmap, and back; ⏎ goes to the agent under the cursor',
  },
  {
    action: 'left',
    keys: ['left', 'h'],
    label: '← →',
    help: 'a cell to the left or right in the heatmap; also h l',
  },
  { action: 'right', keys: ['right', 'l'], label: '' },
]
