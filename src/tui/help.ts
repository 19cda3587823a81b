// The help: the key table, in place of the agents and the events.

import { commonKeys } from './keys.ts'
import { fitLeft, toLine, toRule } from './line.ts'
import type { Model } from './model.ts'
import type { Paint } from './paint.ts'
import { viewOf } from './views.ts'

/** Exactly `height` lines. */
export function viewHelp(model: Model, height: number, paint: Paint): string[] {
  const lines = [toRule('keys', '', model.columns, paint.dim, paint.bold), '']
  for (const { label, help } of [...viewOf(model.place.view).keys, ...commonKeys])
    lines.push(toLine([[`   ${fitLeft(label, 8)}`, paint.bold], [help]], model.columns))
  while (lines.length < height) lines.push('')
  return lines.slice(0, height)
}
