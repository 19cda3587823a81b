// Reads an expression of the command line; what is wrong with it is shown under the text.

import { BeaconError } from '../core/errors.ts'
import { type Expression, type ExpressionSubject, parseExpression } from '../core/expression.ts'

/** Throws expression_invalid. */
export function readExpression(text: string, fields: ExpressionSubject): Expression {
  const parsed = parseExpression(text, { fields })
  if (parsed.ok) return parsed.value
  const { message, position, length } = parsed.error
  const marker = `${' '.repeat(position)}${'^'.repeat(Math.max(1, length))}`
  throw new BeaconError('expression_invalid', `${message}\n  ${text}\n  ${marker}`)
}
