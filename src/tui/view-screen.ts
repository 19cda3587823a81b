// The whole screen as lines: a function of the model, and nothing else.

import { toAscii } from './ascii.ts'
import { viewBooks, viewFooter, viewPulse } from './foot.ts'
import { formatCount } from './format.ts'
import { viewHeader } from './header.ts'
import { viewHelp } from './help.ts'
import { isTooSmall, size_min, viewSize } from './layout.ts'
import { toLine } from './line.ts'
import { type Model, pictureOf } from './model.ts'
import { draftLines } from './order/draft-lines.ts'
import type { Paint } from './paint.ts'
import { paletteLines } from './palette-lines.ts'
import { viewPrompt, viewPromptHint } from './prompt-line.ts'
import { viewScrubber } from './scrubber.ts'
import { viewTabs } from './tabs.ts'
import { viewOf } from './views.ts'

/** As many lines as the terminal has rows. */
export function viewScreen(model: Model, paint: Paint): string[] {
  const lines = isTooSmall(model) ? [viewTooSmall(model)] : viewAll(model, paint)
  return paint.ascii ? lines.map(toAscii) : lines
}

/** The screen `lines` after nothing but the beat moved on: in most views only the header shows it. */
export function viewBeat(model: Model, paint: Paint, lines: readonly string[]): string[] {
  if (isTooSmall(model) || viewOf(model.place.view).beats) return viewScreen(model, paint)
  const header = viewHeader(model, paint)
  return [paint.ascii ? toAscii(header) : header, ...lines.slice(1)]
}

function viewAll(model: Model, paint: Paint): string[] {
  const { prompt, travel } = model
  const hint = prompt && viewPromptHint(model, prompt, paint)
  return [
    viewHeader(model, paint),
    viewTabs(model, paint),
    ...viewMiddle(model, paint),
    ...(travel ? viewScrubber(model, travel, paint) : []),
    toLine([[paint.glyphs.rule.repeat(model.columns), paint.dim]], model.columns),
    viewPulse(model, pictureOf(model), paint),
    hint ?? viewBooks(model, paint),
    prompt ? viewPrompt(model, prompt, paint) : viewFooter(model, paint),
  ]
}

/** The view's own part; the help in its place, the palette or what is to be ordered over its last lines. */
function viewMiddle(model: Model, paint: Paint): string[] {
  const { place, views, prompt, draft, help, link } = model
  const size = viewSize(model)
  if (help !== null) return viewHelp(model, help, size.rows, paint)
  const lines = viewOf(place.view).lines(model, views[place.view], size, paint)
  // What was true before the connection broke is marked as old.
  const shown =
    link.name === 'lost' && !model.travel ? lines.map((line) => paint.dim(withoutPaint(line))) : lines
  const list = draft
    ? draftLines(model, draft, size.rows, paint)
    : prompt?.name === 'command'
      ? paletteLines(model, prompt, size.rows, paint)
      : []
  return [...shown.slice(0, size.rows - list.length), ...list]
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
const withoutPaint = (line: string): string => line.replace(/\u001b\[[0-9;]*m/g, '')

function viewTooSmall(model: Model): string {
  const { columns, rows, link } = model
  const totals = pictureOf(model)?.frame.totals
  const said = totals ? `${formatCount(totals.agents)} agents, ${formatCount(totals.rate_1s)} ev/s, ` : ''
  const needs = `${size_min.columns}×${size_min.rows} needed, ${columns}×${rows} here`
  return toLine([[`beacon: ${needs}; ${said}${link.name}`]], columns)
}
