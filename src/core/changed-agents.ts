// The agents that were heard since a frame: what a list that follows changes needs, instead of the whole fleet again.

import { matchingAgents, type Picture, selectionKey, share } from './fleet-picture.ts'
import { selectWindow } from './select-window.ts'
import type { FleetQuery } from './view.ts'

/** Those of the query's agents that were heard after `seq`: the newest `query.changed` of them, the newest last. */
export function changedAgents(
  picture: Picture,
  query: FleetQuery,
  seq: number,
): { agents: number[]; skipped: number } {
  const { last_seq } = picture.fleet.columns
  const key = `changed ${seq} ${query.changed} ${selectionKey(query)}`
  return share(picture, key, () => {
    const changed = matchingAgents(picture, query).filter((agent) => (last_seq[agent] as number) > seq)
    const newestFirst = (a: number, b: number): boolean => (last_seq[a] as number) > (last_seq[b] as number)
    const { members, matched } = selectWindow(changed, newestFirst, 0, query.changed)
    return { agents: members.reverse(), skipped: matched - members.length }
  })
}
