// Cuts the text of an expression into terms: field, operator and value, with their places for error messages.

import { err, ok, type Result } from './result.ts'

/** What is wrong, how to mend it, and where: in UTF-16 units. */
export type ExpressionError = { message: string; position: number; length: number }

export type Operator = ':' | ':~' | '>' | '<' | '>=' | '<='

export type Term = {
  negated: boolean
  /** Absent for bare text. */
  field?: string
  operator: Operator
  value: string
  /** Quoted text stands for itself: `*` in it is no wildcard. */
  quoted: boolean
  field_position: number
  value_position: number
  value_length: number
}

const space = /\s*/y
const fieldStart = /(meta\.(?:[^\s:<>"!=]+|"(?:[^"\\]|\\.)*")|[A-Za-z_][A-Za-z0-9_.-]*)(:~|:|>=|<=|>|<)/y
const word = /[^\s"]+/y
const string = /"((?:[^"\\]|\\[\s\S])*)"/y

export function scanTerms(text: string): Result<Term[], ExpressionError> {
  const terms: Term[] = []
  let at = skip(text, 0)
  while (at < text.length) {
    const term = scanTerm(text, at)
    if (!term.ok) return term
    terms.push(term.value.term)
    at = skip(text, term.value.end)
  }
  return ok(terms)
}

function scanTerm(text: string, start: number): Result<{ term: Term; end: number }, ExpressionError> {
  let at = start
  while (text[at] === '!') at++
  const negated = (at - start) % 2 === 1
  if (at === text.length || /\s/.test(text[at] as string)) {
    return fail(start, at - start, 'nothing follows the !: write !term, without a space')
  }
  const head = matchAt(fieldStart, text, at)
  const valueAt = at + (head?.[0].length ?? 0)
  const value = scanValue(text, valueAt)
  if (!value.ok) return value
  const { end, quoted } = value.value
  if (head && end === valueAt) {
    return fail(at, valueAt - at, `a value is missing: write ${head[0]}value, without a space`)
  }
  const term: Term = {
    negated,
    operator: (head?.[2] as Operator | undefined) ?? ':',
    value: value.value.text,
    quoted,
    field_position: at,
    value_position: valueAt,
    value_length: end - valueAt,
  }
  if (head) term.field = toFieldName(head[1] as string)
  return ok({ term, end })
}

type Value = { text: string; quoted: boolean; end: number }

function scanValue(text: string, at: number): Result<Value, ExpressionError> {
  if (text[at] !== '"') {
    const bare = matchAt(word, text, at)
    const end = at + (bare?.[0].length ?? 0)
    if (text[end] === '"')
      return fail(end, 1, 'a quote inside a word: quote the whole value, and write \\" for a quote in it')
    return ok({ text: bare?.[0] ?? '', quoted: false, end })
  }
  const whole = matchAt(string, text, at)
  if (!whole) return fail(at, text.length - at, 'the quote is not closed: end the value with "')
  const end = at + whole[0].length
  if (end < text.length && !/\s/.test(text[end] as string)) {
    return fail(end, 1, 'a space is missing after the closing quote')
  }
  return ok({ text: unquote(whole[1] as string), quoted: true, end })
}

const toFieldName = (name: string): string =>
  name.startsWith('meta."') ? `meta.${unquote(name.slice(6, -1))}` : name

/** Only `\"` and `\\` are escapes, so that a quoted regex keeps its backslashes. */
const unquote = (text: string): string => text.replace(/\\(["\\])/g, '$1')

const skip = (text: string, at: number): number => at + (matchAt(space, text, at)?.[0].length ?? 0)

function matchAt(regex: RegExp, text: string, at: number): RegExpExecArray | null {
  regex.lastIndex = at
  return regex.exec(text)
}

const fail = (position: number, length: number, message: string): { ok: false; error: ExpressionError } =>
  err({ message, position, length })
