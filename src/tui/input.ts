// What a terminal sends, as keys, mouse and pasted texts. Pure: what a chunk leaves unfinished is handed back.

import type { Mouse } from './model.ts'

export type Input =
  /** A printable key is its own text; `space`, `enter`, `ctrl-a`, `shift-up` and so on for the others. */
  { type: 'key'; key: string } | { type: 'mouse'; mouse: Mouse } | { type: 'paste'; text: string }

export type Parsed = { inputs: Input[]; pending: string }

const esc = '\u001b'
const pasteStart = `${esc}[200~`
const pasteEnd = `${esc}[201~`
/** Longer than any key or mouse report: what does not end by then is no sequence. */
const sequence_max = 64

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: what terminals send begins with control characters
/** A whole CSI (with the console's `[[A`) or SS3 sequence. */
const sequence = /\u001b(?:\[\[?([0-?]*)[ -/]*([@-~$^])|O([0-9;]*)([@-~]))/y
/** A report that a terminal sends by itself: OSC, DCS and the like up to their end. */
const report = /\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)/y
const unfinished = /^\u001b(?:\[(?!\d\$)\[?[0-?]*[ -/]*|O[0-9;]*|[\]PX^_][^\u0007\u001b]*\u001b?)?$/
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: until here

/** Reads what came, behind what the chunk before left unfinished. */
export function parseInput(pending: string, chunk: string): Parsed {
  const text = pending + chunk
  const inputs: Input[] = []
  let at = 0
  while (at < text.length) {
    if (text[at] !== esc) {
      const point = String.fromCodePoint(text.codePointAt(at) as number)
      inputs.push({ type: 'key', key: toKey(point) })
      at += point.length
    } else if (text.startsWith(pasteStart, at)) {
      const end = text.indexOf(pasteEnd, at)
      if (end < 0) return { inputs, pending: text.slice(at) }
      inputs.push({ type: 'paste', text: text.slice(at + pasteStart.length, end) })
      at = end + pasteEnd.length
    } else {
      const rest = text.slice(at, at + sequence_max)
      if (unfinished.test(rest) && at + rest.length === text.length)
        return { inputs, pending: text.slice(at) }
      at += escaped(text, at, inputs)
    }
  }
  return { inputs, pending: '' }
}

/** What an unfinished sequence means when nothing more comes: the escape key. A paste goes on waiting for its end. */
export function flushInput(pending: string): Parsed {
  if (pending.startsWith(pasteStart)) return { inputs: [], pending }
  // Only a lone escape was a key: the beginning of a longer sequence is what a terminal lost.
  return { inputs: pending === esc ? [{ type: 'key', key: 'escape' }] : [], pending: '' }
}

/** Reads one thing that begins with an escape; the number of units that it took. */
function escaped(text: string, at: number, inputs: Input[]): number {
  sequence.lastIndex = at
  const found = sequence.exec(text)
  if (found) {
    // The Linux console's function keys, `[[A`, are none of ours.
    const input = found[0].startsWith(`${esc}[[`)
      ? null
      : toInput(found[1] ?? found[3] ?? '', found[2] ?? found[4] ?? '', found[3] !== undefined)
    if (input) inputs.push(input)
    return found[0].length
  }
  report.lastIndex = at
  const reported = report.exec(text)
  if (reported) return reported[0].length
  const next = text.codePointAt(at + 1)
  if (next === undefined || next === 0x1b) {
    inputs.push({ type: 'key', key: 'escape' })
    return 1
  }
  const point = String.fromCodePoint(next)
  inputs.push({ type: 'key', key: `alt-${toKey(point)}` })
  return 1 + point.length
}

const controls: Record<string, string> = {
  '\u0000': 'ctrl-space',
  '\b': 'backspace',
  '\t': 'tab',
  '\n': 'enter',
  '\r': 'enter',
  '\u007f': 'backspace',
  ' ': 'space',
}

function toKey(point: string): string {
  const named = controls[point]
  if (named !== undefined) return named
  const code = point.charCodeAt(0)
  return code < 32 ? `ctrl-${String.fromCharCode(code + 64).toLowerCase()}` : point
}

const letters: Record<string, string> = { A: 'up', B: 'down', C: 'right', D: 'left', H: 'home', F: 'end' }
const numbers: Record<string, string> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
}

const rxvtPrefixes: Record<string, string> = {
  $: 'shift-',
  '^': 'ctrl-',
  a: 'shift-',
  b: 'shift-',
  c: 'shift-',
  d: 'shift-',
}

/** Null for what has no meaning here: function keys, focus and position reports, releases. */
function toInput(parameters: string, final: string, ss3: boolean): Input | null {
  if (parameters.startsWith('<')) return toMouse(parameters, final)
  if (/^[=>?]/.test(parameters)) return null
  if (final === 'Z') return { type: 'key', key: 'backtab' }
  const [first = '', modifiers = ''] = parameters.split(';')
  // rxvt writes shift and control as another ending.
  const rxvt = parameters === '' || '$^'.includes(final) ? rxvtPrefixes[final] : undefined
  const name = '~$^'.includes(final) ? numbers[first] : letters[rxvt ? final.toUpperCase() : final]
  if (name === undefined) return null
  const prefix = rxvt ? (ss3 ? 'ctrl-' : rxvt) : toPrefix(Number(ss3 ? first || modifiers : modifiers) - 1)
  return { type: 'key', key: prefix + name }
}

const toPrefix = (bits: number): string =>
  bits > 0 ? ((bits & 4) > 0 ? 'ctrl-' : (bits & 2) > 0 ? 'alt-' : (bits & 1) > 0 ? 'shift-' : '') : ''

/** SGR mouse report: `<button;column;row`, ended by `M` for a press and `m` for a release. */
function toMouse(parameters: string, final: string): Input | null {
  const match = /^<(\d+);(\d+);(\d+)$/.exec(parameters)
  if (!match || final !== 'M') return null
  const [button, column, row] = match.slice(1).map(Number) as [number, number, number]
  // Shift, alt and control make no difference here; motion is not asked for.
  const kind = ({ 0: 'click', 64: 'up', 65: 'down' } as const)[button & ~(4 | 8 | 16)]
  return kind ? { type: 'mouse', mouse: { kind, row: row - 1, column: column - 1 } } : null
}
