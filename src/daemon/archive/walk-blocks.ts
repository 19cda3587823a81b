// Walks the blocks of one partition a few at a time: no transaction stays open between them.

import type { Environment, Row } from './environment.ts'
import { type Position, toPositionKey } from './keys.ts'

const rowsAtOnce = 8

export type Walk = {
  /** First block wanted: the one that holds this place, or the next. In reverse, the last one wanted. */
  from?: Position | undefined
  reverse?: boolean
}

export function* walkBlocks(environment: Environment, walk: Walk = {}): Generator<Row> {
  const reverse = walk.reverse ?? false
  let start = walk.from && startKey(environment, walk.from)
  let exclusive = false
  for (;;) {
    const rows = environment.read(() => {
      const range = start === undefined ? {} : exclusive ? { after: start } : { start }
      return [...environment.rows('blocks', { ...range, reverse, limit: rowsAtOnce })]
    })
    yield* rows
    const last = rows[rows.length - 1]
    if (!last || rows.length < rowsAtOnce) return
    start = last.key
    exclusive = true
  }
}

/** The block whose first sequence is the last one not behind `place`. */
export function blockAt(environment: Environment, place: Position): Row | undefined {
  return environment.read(() => {
    const [row] = environment.rows('blocks', { start: toPositionKey(place), reverse: true, limit: 1 })
    return row
  })
}

function startKey(environment: Environment, from: Position): Buffer {
  const key = toPositionKey(from)
  return environment.read(() => {
    const [before] = environment.keys('blocks', { start: key, reverse: true, limit: 1 })
    return before ?? key
  })
}
