// How many terminal cells a text takes, and cutting it to fit: east Asian characters and emoji take two.

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
/** ASCII and the signs that our own lines are drawn with: no part of any longer grapheme, one cell each. */
const narrow = /^[\u0020-\u007e\u00b7\u2013\u2014\u2016\u2026\u2190-\u2193\u2260\u2500-\u25fc\u2713\u2717]*$/
const zero = /^[\p{Mark}\p{Default_Ignorable_Code_Point}\p{Control}]+$/u
// Unicode's East_Asian_Width W and F, rounded to blocks, since the property is not available to expressions.
const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|[\u{16fe0}-\u{18dff}]|[\u{1aff0}-\u{1b2ff}]|[\u{1f200}-\u{1f2ff}]|[\u{20000}-\u{3fffd}])/u

const cellsOf = (grapheme: string): number => {
  if (zero.test(grapheme)) return 0
  return wide.test(grapheme) || grapheme.includes('\ufe0f') ? 2 : 1
}

/** Cells of a text that holds no escape sequences. */
export function displayWidth(text: string): number {
  if (narrow.test(text)) return text.length
  let cells = 0
  for (const { segment } of segmenter.segment(text)) cells += cellsOf(segment)
  return cells
}

/** The text cut to at most `cells`, with `…` in place of what is missing. */
export function cutToWidth(text: string, cells: number): string {
  if (displayWidth(text) <= cells) return text
  if (cells <= 0) return ''
  let kept = ''
  let used = 0
  for (const { segment } of segmenter.segment(text)) {
    used += cellsOf(segment)
    if (used > cells - 1) break
    kept += segment
  }
  return `${kept}…`
}
