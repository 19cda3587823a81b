// The commands of `beacon top --once --view control` for people.

import type { CommandsDocument } from '../core/order.ts'
import { commandHeading, commandRow } from './control/command-row.ts'
import { makePaint } from './paint.ts'

const columns = 160
const paint = makePaint({ color: false, theme: 'mono', ascii: false })

/** The newest first. */
export function commandsText({ commands }: CommandsDocument, now_ms: number): string[] {
  if (commands.length === 0) return ['no command yet']
  const rows = commands.map((command) => commandRow(command, { columns, now_ms, selected: false, paint }))
  return [commandHeading(columns, paint), ...rows].map((line) => line.trimEnd())
}
