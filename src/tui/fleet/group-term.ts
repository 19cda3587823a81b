// From a group to the term that its agents match.

import { quoteText } from '../../core/expression.ts'

/** An empty key is that of the agents without a value. */
export function groupTerm(field: string, key: string): string {
  const name = field.startsWith('meta.') ? `meta.${metaName(field.slice('meta.'.length))}` : field
  return key === '' ? `!${name}:~.` : `${name}:${quoteText(key)}`
}

const metaName = (key: string): string => (/^[^\s:<>"!=\\]+$/.test(key) ? key : quoteText(key))

export const addTerm = (where: string, term: string): string => (where === '' ? term : `${where} ${term}`)
