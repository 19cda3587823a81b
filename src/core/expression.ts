// The one expression language (CONTRACT.md, EXPR): terms joined by spaces, all of which must hold. Parsed once into
// closures; whoever matches supplies the fields.

import { parseDuration } from './duration.ts'
import type { BeaconEvent } from './event.ts'
import { type ExpressionField, fieldsFor, findField } from './expression-fields.ts'
import { type ExpressionError, scanTerms, type Term } from './expression-terms.ts'
import { nearest } from './nearest.ts'
import { err, ok, type Result } from './result.ts'

export type { ExpressionError } from './expression-terms.ts'

/** What is matched: an agent of the fleet, or an event. */
export type ExpressionSubject = 'agent' | 'event'

/** The value of a field, undefined where there is none. `meta.<key>` comes with its prefix. */
export type GetField = (field: string) => string | number | undefined

export type Expression = {
  text: string
  subject: ExpressionSubject
  /** Names of the fields that it reads, each once: what a fold must keep to match it. */
  fields: string[]
  test: (get: GetField) => boolean
}

/**
 * `status:running role:dev* !task:~^web idle>90s research`. Values match exactly, letter case included; `*` outside of
 * quotes stands for any characters. Bare text is looked for in the agent id and the status, whatever its case.
 * An empty text matches everything. The error names the position in UTF-16 units and how to mend it.
 */
export function parseExpression(
  text: string,
  options: { fields: ExpressionSubject },
): Result<Expression, ExpressionError> {
  const terms = scanTerms(text)
  if (!terms.ok) return terms
  const tests: Test[] = []
  const fields = new Set<string>()
  for (const term of terms.value) {
    const test = toTest(term, options.fields)
    if (!test.ok) return test
    tests.push(term.negated ? (get) => !test.value(get) : test.value)
    if (term.field === undefined) fields.add('agent').add('status')
    else fields.add(term.field)
  }
  const test: Test = (get) => {
    for (const each of tests) if (!each(get)) return false
    return true
  }
  return ok({ text, subject: options.fields, fields: [...fields], test })
}

export const matches = (expression: Expression, get: GetField): boolean => expression.test(get)

/** A value or bare text that stands for itself, whatever is in it. */
export const quoteText = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

/** The fields of an event: role and task are metadata.role and metadata.task. */
export function eventFields(event: BeaconEvent): GetField {
  return (field) => {
    switch (field) {
      case 'agent':
        return event.agent_id
      case 'status':
        return event.status
      case 'kind':
        return event.kind
      case 'role':
      case 'task':
        return scalarOf(event.metadata, field)
      default:
        return field.startsWith('meta.') ? scalarOf(event.metadata, field.slice(5)) : undefined
    }
  }
}

/** Booleans as text; null, lists and objects have no value to compare. */
export function scalarOf(metadata: Record<string, unknown>, key: string): string | number | undefined {
  if (!Object.hasOwn(metadata, key)) return undefined
  const value = metadata[key]
  if (typeof value === 'string' || typeof value === 'number') return value
  return typeof value === 'boolean' ? String(value) : undefined
}

type Test = (get: GetField) => boolean

function toTest(term: Term, subject: ExpressionSubject): Result<Test, ExpressionError> {
  if (term.field === undefined) return ok(containsTest(term.value))
  const field = checkField(term, term.field, subject)
  if (!field.ok) return field
  switch (term.operator) {
    case ':~':
      return regexTest(term, term.field)
    case ':':
      return field.value.type === 'text' || field.value.type === 'any'
        ? equalsOneOf(term, term.field, field.value.values)
        : compareTest(term, term.field, field.value)
    default:
      if (field.value.type === 'text') {
        return failAt(term, `${term.field} is text: write ${term.field}:value or ${term.field}:~regex`)
      }
      return compareTest(term, term.field, field.value)
  }
}

function checkField(
  term: Term,
  name: string,
  subject: ExpressionSubject,
): Result<ExpressionField, ExpressionError> {
  const field = findField(name)
  if (field && (field.of === 'both' || field.of === subject)) return ok(field)
  const place = { position: term.field_position, length: name.length }
  const names = fieldsFor(subject).map((each) => each.name)
  if (field) {
    const owner = subject === 'event' ? 'agents have' : 'events have'
    return err({ ...place, message: `only ${owner} ${name}: here use ${names.join(', ')}` })
  }
  const meant = nearest(name, names)
  const mend = meant ? `did you mean ${meant}?` : `use ${names.join(', ')}`
  return err({ ...place, message: `${name} is no field: ${mend} To look for the text itself, quote it` })
}

function containsTest(text: string): Test {
  const wanted = text.toLowerCase()
  return (get) => has(get('agent'), wanted) || has(get('status'), wanted)
}

const has = (value: string | number | undefined, wanted: string): boolean =>
  value !== undefined && String(value).toLowerCase().includes(wanted)

/** A value that the field never has is a slip of the pen: nothing could match. */
function equalsOneOf(
  term: Term,
  field: string,
  values: readonly string[] | undefined,
): Result<Test, ExpressionError> {
  if (values === undefined || values.includes(term.value) || isPattern(term))
    return ok(equalsTest(term, field))
  const meant = nearest(term.value, values)
  return failAt(
    term,
    `${quoteText(term.value)} is no ${field}: ${meant ? `did you mean ${meant}?` : `use ${values.join(', ')}`}`,
  )
}

const isPattern = (term: Term): boolean => !term.quoted && term.value.includes('*')

function equalsTest(term: Term, field: string): Test {
  if (isPattern(term)) return wildcardTest(term.value.split('*'), field)
  const wanted = term.value
  return (get) => {
    const value = get(field)
    return value === wanted || (typeof value === 'number' && String(value) === wanted)
  }
}

/** Searches part by part, since a regex with many `.*` may take for ever on a long value. */
function wildcardTest(parts: string[], field: string): Test {
  const first = parts[0] as string
  const last = parts[parts.length - 1] as string
  const between = parts.slice(1, -1)
  return (get) => {
    const value = get(field)
    if (value === undefined) return false
    const text = String(value)
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
      return false
    let at = first.length
    for (const part of between) {
      const found = text.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= text.length - last.length
  }
}

function regexTest(term: Term, field: string): Result<Test, ExpressionError> {
  let regex: RegExp
  try {
    regex = new RegExp(term.value)
  } catch (error) {
    return failAt(
      term,
      `${(error as Error).message.replace(/^Invalid regular expression: /, '')}: mend the regex`,
    )
  }
  return ok((get) => {
    const value = get(field)
    return value !== undefined && regex.test(String(value))
  })
}

function compareTest(term: Term, name: string, field: ExpressionField): Result<Test, ExpressionError> {
  const wanted = toNumber(term.value, field)
  if (wanted === undefined) {
    const example = field.type === 'duration' ? '90 (seconds), 90s or 5m' : '5 or 0.5'
    return failAt(
      term,
      `${quoteText(term.value)} is no ${field.type === 'duration' ? 'duration' : 'number'}: write ${example}`,
    )
  }
  const compare = comparisons[term.operator === ':~' ? ':' : term.operator]
  return ok((get) => {
    const value = get(name)
    if (value === undefined || value === '') return false
    const number = Number(value)
    return !Number.isNaN(number) && compare(number, wanted)
  })
}

const comparisons: Record<':' | '>' | '<' | '>=' | '<=', (a: number, b: number) => boolean> = {
  ':': (a, b) => a === b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
}

/** Durations count in seconds, with or without a unit. */
function toNumber(text: string, field: ExpressionField): number | undefined {
  if (/^-?(\d+(\.\d+)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text)
  if (field.type !== 'duration') return undefined
  const duration = parseDuration(text)
  return duration.ok ? duration.value / 1000 : undefined
}

const failAt = (term: Term, message: string): { ok: false; error: ExpressionError } =>
  err({ message, position: term.value_position, length: term.value_length })
