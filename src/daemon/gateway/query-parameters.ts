// Reads the parameters of a request: each is named in what is wrong with it, and so is one that the route does not know.

import type { FastifyRequest } from 'fastify'
import { parseTime } from '../../core/duration.ts'
import { BeaconError } from '../../core/errors.ts'
import { type ExpressionSubject, parseExpression } from '../../core/expression.ts'
import { nearest } from '../../core/nearest.ts'
import { parseOneOf } from '../../core/one-of.ts'
import { err, ok, type Result } from '../../core/result.ts'

/** The error follows the quoted value: `is no duration: …`; one that begins with a colon stands alone. */
export type ParseParameter<T> = (text: string) => Result<T, string>
type Parsers = Record<string, ParseParameter<unknown>>
type Parameters<P> = {
  [Name in keyof P]?: P[Name] extends ParseParameter<infer T> ? T : never
}

/** Throws usage, or expression_invalid. */
export function readParameters<const P extends Parsers>(
  request: Pick<FastifyRequest, 'query'>,
  parsers: P,
): Parameters<P> {
  const names = Object.keys(parsers)
  const values: Record<string, unknown> = {}
  for (const [name, text] of Object.entries(request.query as Record<string, string | string[]>)) {
    const parse = Object.hasOwn(parsers, name) ? parsers[name] : undefined
    if (!parse) throw wrong(names, unknown(name, names))
    if (typeof text !== 'string') throw wrong(names, `${name}: is given several times`)
    const value = parse(text)
    if (!value.ok) {
      const error = value.error.startsWith(':') ? value.error.slice(2) : `'${shorten(text)}' ${value.error}`
      throw wrong(names, `${name}: ${error}`)
    }
    values[name] = value.value
  }
  return values as Parameters<P>
}

function unknown(name: string, names: string[]): string {
  const meant = nearest(name, names)
  return `there is no parameter '${shorten(name)}'${meant === undefined ? '' : `; did you mean ${meant}?`}`
}

function wrong(names: string[], detail: string): BeaconError {
  const hint =
    names.length === 0
      ? 'This route has no parameters.'
      : `The parameters of this route are ${names.join(', ')}.`
  return new BeaconError('usage', detail, { hint })
}

const shorten = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text)

const expression_max = 4_096

/** An expression, checked. Throws expression_invalid with the position of the mistake. */
export const expressionParameter =
  (fields: ExpressionSubject): ParseParameter<string> =>
  (text) => {
    if (text.length > expression_max) return err(`is longer than ${expression_max} characters`)
    const expression = parseExpression(text, { fields })
    if (expression.ok) return ok(text)
    const { message, position } = expression.error
    throw new BeaconError('expression_invalid', `where: ${message} (position ${position + 1})`)
  }

/** RFC 3339, or `10m` for ten minutes ago; in milliseconds. */
export const timeParameter: ParseParameter<number> = (text) => parseTime(text, Date.now())

/** `needs`, `needs=true` or `needs=false`. */
export const flagParameter: ParseParameter<boolean> = (text) => {
  const word = parseOneOf(['true', 'false', '1', '0', ''])(text)
  return word.ok ? ok(word.value !== 'false' && word.value !== '0') : err('is neither true nor false')
}

export const textParameter: ParseParameter<string> = (text) => (text === '' ? err('is empty') : ok(text))
