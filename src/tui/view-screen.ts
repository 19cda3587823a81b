// The whole screen as lines: a function of the model, and nothing else.

import { formatCount } from './format.ts'
import { isTooSmall, size_min, toLayout } from './layout.ts'
import { toLine } from './line.ts'
import { type Model, pictureOf } from './model.ts'
import type { Paint } from './paint.ts'
import { viewAgents } from './view-agents.ts'
import { viewHeader } from './view-header.ts'
import { viewHelp } from './view-help.ts'
import { viewNewest } from './view-newest.ts'
import { viewBooks, viewFooter, viewPulse } from './view-numbers.ts'

/** As many lines as the terminal has rows. */
export function viewScreen(model: Model, paint: Paint): string[] {
  if (isTooSmall(model)) return [viewTooSmall(model)]
  const picture = pictureOf(model)
  const { agents, newest } = toLayout(model.rows)
  const middle = model.help
    ? viewHelp(model, agents + newest + 3, paint)
    : [...viewAgents(model, picture, agents, paint), ...viewNewest(model, picture, newest, paint)]
  return [
    viewHeader(model, paint),
    ...middle,
    toLine([['─'.repeat(model.columns), paint.dim]], model.columns),
    viewPulse(model, picture, paint),
    viewBooks(model, paint),
    viewFooter(model, paint),
  ]
}

function viewTooSmall(model: Model): string {
  const { columns, rows, link } = model
  const totals = pictureOf(model)?.frame.totals
  const said = totals ? `${formatCount(totals.agents)} agents, ${formatCount(totals.rate_1s)} ev/s, ` : ''
  const needs = `${size_min.columns}×${size_min.rows} needed, ${columns}×${rows} here`
  return toLine([[`beacon: ${needs}; ${said}${link.name}`]], columns)
}
