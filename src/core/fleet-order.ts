// The order of a view's rows: every sort is a number per agent, the highest first, so that a window of a million agents is
// cut out of flat arrays. Equal ones stand in the order in which they were first heard of, in both directions.

import type { Fleet } from './fleet.ts'
import { matchingAgents, type Picture, ratesOf, selectionKey, share } from './fleet-picture.ts'
import { type Health, healths, needs } from './health.ts'
import type { Interned } from './interned.ts'
import { type Before, selectWindow, type Window } from './select-window.ts'
import type { FleetQuery, FleetSort } from './view.ts'

/** The agents in the query's window, by number. */
export function orderAgents(picture: Picture, query: FleetQuery): Window {
  const { sort, reverse, offset, limit } = query
  // Whole pages are shared, so that screens of different heights are.
  const first = offset - (offset % page)
  const size = Math.ceil((offset + limit - first) / page) * page
  const key = `order ${sort} ${reverse} ${first} ${size} ${selectionKey(query)}`
  const { members, matched } = share(picture, key, () =>
    selectWindow(matchingAgents(picture, query), beforeBy(picture, sort, reverse), first, size),
  )
  return { members: members.slice(offset - first, offset - first + limit), matched }
}

const page = 500

function beforeBy(picture: Picture, sort: FleetSort, reverse: boolean): Before {
  if (sort === 'agent') return beforeById(picture.fleet, reverse)
  const keys = keysOf(picture, sort)
  const direction = (lowestFirst.includes(sort) ? -1 : 1) * (reverse ? -1 : 1)
  return (a, b) => {
    const difference = (keys[a] as number) - (keys[b] as number)
    return difference === 0 ? a < b : difference * direction > 0
  }
}

function beforeById({ ids }: Fleet, reverse: boolean): Before {
  return reverse
    ? (a, b) => (ids[a] as string) > (ids[b] as string)
    : (a, b) => (ids[a] as string) < (ids[b] as string)
}

/** Those whose first rows are the lowest numbers: the longest idle was seen the longest ago. */
const lowestFirst: readonly FleetSort[] = ['idle', 'since', 'status', 'task']

type Keys = { [agent: number]: number }

function keysOf(picture: Picture, sort: Exclude<FleetSort, 'agent'>): Keys {
  const { columns, statuses, tasks } = picture.fleet
  const { verdicts } = picture
  switch (sort) {
    case 'seen':
    case 'idle':
      return columns.last_seen_ms
    case 'since':
      return share(picture, 'sinces', () => sincesOf(picture.fleet))
    case 'seq':
      return columns.last_seq
    case 'errors':
      return columns.errors
    case 'events':
      return columns.events
    case 'gaps':
      return columns.gaps
    case 'rate':
      return ratesOf(picture)
    case 'health':
      return severitiesOf(picture)
    case 'needs':
      return share(picture, 'urgencies', () => translate(picture, verdicts.need, urgencies))
    case 'status':
      return share(picture, 'status ranks', () => translate(picture, columns.status, ranksOf(statuses)))
    case 'task':
      return share(picture, 'task ranks', () => translate(picture, columns.task, ranksOf(tasks)))
  }
}

/** How bad each health is: an agent that said goodbye is next to the healthy ones. */
const badness: Record<Health, number> = { healthy: 0, stopped: 1, late: 2, suspect: 3, unhealthy: 4 }
const severities = healths.map((health) => badness[health])

/** How bad each agent's health is. */
export const severitiesOf = (picture: Picture): Uint32Array =>
  share(picture, 'severities', () => translate(picture, picture.verdicts.health, severities))

/** `needs` has the most urgent first, behind `none`. */
const urgencies = needs.map((_, need) => (need === 0 ? 0 : needs.length - need))

function translate({ fleet }: Picture, numbers: Keys, table: Keys): Uint32Array {
  const keys = new Uint32Array(fleet.ids.length)
  for (let agent = 0; agent < keys.length; agent++) keys[agent] = table[numbers[agent] as number] as number
  return keys
}

/** Since when each agent has its status; who never named one has had none for the shortest time. */
const sincesOf = ({ ids, columns }: Fleet): Float64Array =>
  columns.status_since_ms.slice(0, ids.length).map((since_ms) => since_ms || Number.MAX_VALUE)

/** The place of each text among those held, from A; who has none comes last. */
function ranksOf({ numbers, texts }: Interned): Uint32Array {
  const ranks = new Uint32Array(texts.length)
  const held = [...numbers.keys()].filter((text) => text !== '').sort((a, b) => (a < b ? -1 : 1))
  for (const [rank, text] of held.entries()) ranks[numbers.get(text) as number] = rank
  ranks[0] = held.length
  return ranks
}
