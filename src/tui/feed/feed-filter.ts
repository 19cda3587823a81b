// What the filter of the screen, an expression over agents, means for events.

import { parseExpression } from '../../core/expression.ts'

export type FeedFilter = {
  /** Expression over events; empty for all. */
  where: string
  /** Why the filter does not apply; null when it does, or when there is none. */
  refusal: string | null
}

/** Applies when all of its fields are fields of events, too. */
export function toFeedFilter(text: string): FeedFilter {
  const expression = parseExpression(text, { fields: 'event' })
  if (expression.ok) return { where: text.trim(), refusal: null }
  return {
    where: '',
    refusal: `the filter is about agents and does not apply here: ${expression.error.message}`,
  }
}
