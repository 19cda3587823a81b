// Where a text stops being JSON. V8 names the position of a broken string or number, not that of a token that may not
// stand where it stands: that one is found here.

/** The last place at or before which the text could still have become JSON, said with the position from 0. */
export function toJsonMistake(text: string, error: Error): string {
  const named = /position (\d+)/.exec(error.message)
  const at = named ? Number(named[1]) : findMistake(text)
  const line = countLines(text, at)
  const column = at - text.lastIndexOf('\n', at - 1)
  const found = at >= text.length ? 'the text ends too early' : `unexpected ${JSON.stringify(text[at])}`
  return `${found} at position ${at} (line ${line}, column ${column})`
}

/** The place of the closing quote of the string that opens at `start`; the end of the text when there is none. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end > 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return end
  }
  return text.length
}

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end'

const scalar = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const space = /[ \t\r\n]*/y

function findMistake(text: string): number {
  const open: string[] = []
  let expected: Expected = 'value'
  let at = skip(space, text, 0)
  while (at < text.length) {
    const char = text[at] as string
    const next = afterToken(text, at, char)
    const following = follow(expected, char, open)
    if (next === at || following === undefined) return at
    expected = following
    at = skip(space, text, next)
  }
  return at
}

/** What may come after this token; undefined when it may not stand here. Keeps what is open. */
function follow(expected: Expected, char: string, open: string[]): Expected | undefined {
  const wantsValue = expected === 'value' || expected === 'value or ]'
  const wantsKey = expected === 'key' || expected === 'key or }'
  switch (char) {
    case '{':
    case '[':
      if (!wantsValue) return undefined
      open.push(char)
      return char === '{' ? 'key or }' : 'value or ]'
    case '}':
    case ']':
      if (open.at(-1) !== (char === '}' ? '{' : '[')) return undefined
      if (expected !== ', or end' && !expected.endsWith(char)) return undefined
      open.pop()
      return ', or end'
    case ':':
      return expected === ':' ? 'value' : undefined
    case ',':
      if (expected !== ', or end' || open.length === 0) return undefined
      return open.at(-1) === '{' ? 'key' : 'value'
    case '"':
      if (wantsKey) return ':'
      return wantsValue ? ', or end' : undefined
    default:
      return wantsValue ? ', or end' : undefined
  }
}

function afterToken(text: string, at: number, char: string): number {
  if ('{}[],:'.includes(char)) return at + 1
  return char === '"' ? endOfString(text, at) + 1 : skip(scalar, text, at)
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

function countLines(text: string, end: number): number {
  let lines = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) lines++
  return lines
}
