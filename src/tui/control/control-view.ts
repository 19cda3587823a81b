// The control view: what was ordered, and step by step what became of it.

import { formatCount } from '../format.ts'
import { toSafeText } from '../line.ts'
import { commandWords } from '../order/draft.ts'
import type { ViewSpec } from '../view-spec.ts'
import { scopeOf } from './command-row.ts'
import { controlLines } from './control-lines.ts'
import { commandsOf, currentOrder, updateControl } from './control-update.ts'

export const controlView: ViewSpec<'control'> = {
  name: 'control',
  title: 'control',
  help: 'commands, and what became of each: requested, delivered, acknowledged, gone',
  filters: false,
  keys: [],
  query: () => ({ limit: 0, newest: 0 }),
  lines: controlLines,
  update: updateControl,
  selected: (_model, state) =>
    state.page.command_id === null ? null : (currentOrder(state)?.agent_id ?? null),
  crumb(_model, { page }) {
    if (page.command_id === null) return null
    const summary = page.document?.summary
    return summary ? `${commandWords[summary.command]} ${toSafeText(scopeOf(summary))}` : 'command'
  },
  note(_model, state) {
    const commands = commandsOf(state)
    return commands.length === 0 ? '' : `${formatCount(commands.length)} commands`
  },
}
