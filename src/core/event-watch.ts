// The newest events that match an expression. Every folded event is looked at: at 50,000 a second the ring of all newest
// events would have lost most of those that match. One watch per expression, only while a view wants it.

import { type Expression, type GetField, parseExpression } from './expression.ts'
import { makeMetaReader, type ReadMeta } from './meta-value.ts'
import { lastEvents, makeNewest, type Newest, type NewestEvent, newestMax, pushNewest } from './newest.ts'

export type EventWatch = {
  expression: Expression
  /** Of the fields that are in the metadata. */
  readers: Map<string, ReadMeta>
  newest: Newest
  holders: number
}

/** By the text of the expression. */
export type EventWatches = Map<string, EventWatch>

/** For one more holder. Nothing when the text is no expression. */
export function holdWatch(watches: EventWatches, where: string, newest: Newest): void {
  const watch = watches.get(where) ?? makeWatch(where, newest)
  if (!watch) return
  watches.set(where, watch)
  watch.holders++
}

/** The last holder ends the watch. */
export function releaseWatch(watches: EventWatches, where: string): void {
  const watch = watches.get(where)
  if (watch && --watch.holders === 0) watches.delete(where)
}

/** Shows an event that was folded (not a duplicate) to all watches. */
export function watchEvent(watches: EventWatches, event: NewestEvent): void {
  for (const watch of watches.values()) look(watch, event)
}

/** A watch that begins with what `newest` holds. Undefined when the text is no expression. */
export function makeWatch(where: string, newest: Newest): EventWatch | undefined {
  const expression = parseExpression(where, { fields: 'event' })
  if (!expression.ok) return undefined
  const inMetadata = expression.value.fields.filter((field) => !headFields.includes(field))
  const watch: EventWatch = {
    expression: expression.value,
    readers: new Map(inMetadata.map((field) => [field, makeMetaReader(field.replace(/^meta\./, ''))])),
    newest: makeNewest(),
    holders: 0,
  }
  for (const event of lastEvents(newest, newestMax)) look(watch, event)
  return watch
}

const headFields = ['agent', 'status', 'kind']

function look({ expression, readers, newest }: EventWatch, event: NewestEvent): void {
  const get: GetField = (field) => {
    switch (field) {
      case 'agent':
        return event.agent_id
      case 'status':
        return event.status
      case 'kind':
        return event.kind
      default:
        return readers.get(field)?.(event.metadata)
    }
  }
  if (expression.test(get)) pushNewest(newest, event)
}
