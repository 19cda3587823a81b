// The whole screen as lines: a function of the model, and nothing else.

import { viewBooks, viewFooter, viewPrompt, viewPulse } from './foot.ts'
import { formatCount } from './format.ts'
import { viewHeader } from './header.ts'
import { viewHelp } from './help.ts'
import { isTooSmall, size_min, viewSize } from './layout.ts'
import { toLine } from './line.ts'
import { type Model, pictureOf } from './model.ts'
import type { Paint } from './paint.ts'
import { viewTabs } from './tabs.ts'
import { viewOf } from './views.ts'

/** As many lines as the terminal has rows. */
export function viewScreen(model: Model, paint: Paint): string[] {
  if (isTooSmall(model)) return [viewTooSmall(model)]
  const { place, views, prompt } = model
  const size = viewSize(model)
  const middle = model.help
    ? viewHelp(model, size.rows, paint)
    : viewOf(place.view).lines(model, views[place.view], size, paint)
  return [
    viewHeader(model, paint),
    viewTabs(model, paint),
    ...middle,
    toLine([[paint.glyphs.rule.repeat(model.columns), paint.dim]], model.columns),
    viewPulse(model, pictureOf(model), paint),
    viewBooks(model, paint),
    prompt ? viewPrompt(model, prompt, paint) : viewFooter(model, paint),
  ]
}

function viewTooSmall(model: Model): string {
  const { columns, rows, link } = model
  const totals = pictureOf(model)?.frame.totals
  const said = totals ? `${formatCount(totals.agents)} agents, ${formatCount(totals.rate_1s)} ev/s, ` : ''
  const needs = `${size_min.columns}×${size_min.rows} needed, ${columns}×${rows} here`
  return toLine([[`beacon: ${needs}; ${said}${link.name}`]], columns)
}
