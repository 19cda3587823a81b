// Roll-ups: the agents that match, by a value that they share.

import { eventKinds } from './event.ts'
import { activityOf } from './fleet-health.ts'
import { matchingAgents, metaColumnOf, type Picture, ratesOf, selectionKey, share } from './fleet-picture.ts'
import { activities, healths, needs } from './health.ts'
import { selectWindow } from './select-window.ts'
import type { FleetQuery, Group, groupFields } from './view.ts'

const groupsMax = 200

export type Groups = { groups: Group[]; other_groups: number }

/** By `field`, one of `groupFields` or `meta.<key>`; the key of who has no such value is empty. */
export const groupsOf = (picture: Picture, query: FleetQuery, field: string): Groups =>
  share(picture, `groups ${JSON.stringify(field)} ${selectionKey(query)}`, () =>
    toGroups(picture, query, field),
  )

function toGroups(picture: Picture, query: FleetQuery, field: string): Groups {
  const { fleet, verdicts } = picture
  const { numberOf, textOf } = valuesOf(picture, field)
  const rates = ratesOf(picture)
  const groups: Group[] = []
  /** Position in `groups` of each value. */
  const places = new Map<number, number>()
  for (const agent of matchingAgents(picture, query)) {
    const value = numberOf(agent)
    let place = places.get(value)
    if (place === undefined) {
      place = groups.length
      places.set(value, place)
      groups.push({
        key: textOf(value),
        agents: 0,
        by_health: healths.map(() => 0),
        needs: 0,
        rate: 0,
        errors: 0,
      })
    }
    const group = groups[place] as Group
    const health = verdicts.health[agent] as number
    group.agents++
    group.by_health[health] = (group.by_health[health] as number) + 1
    if (verdicts.need[agent] !== 0) group.needs++
    group.rate += rates[agent] as number
    group.errors += fleet.columns.errors[agent] as number
  }
  return mostNumerous(groups)
}

function mostNumerous(groups: Group[]): Groups {
  const all = Uint32Array.from(groups, (_, i) => i)
  const { members } = selectWindow(
    all,
    (a, b) => {
      const [x, y] = [groups[a] as Group, groups[b] as Group]
      return x.agents > y.agents || (x.agents === y.agents && x.key < y.key)
    },
    0,
    groupsMax,
  )
  const shown = members.map((i) => groups[i] as Group)
  for (const group of shown) group.rate = Math.round(group.rate * 100) / 100
  return { groups: shown, other_groups: groups.length - shown.length }
}

type Values = { numberOf(agent: number): number; textOf(value: number): string }

function valuesOf(picture: Picture, field: string): Values {
  const { fleet, verdicts } = picture
  const { columns, statuses, tasks } = fleet
  const of = (numbers: { [agent: number]: number }, texts: readonly string[]): Values => ({
    numberOf: (agent) => numbers[agent] as number,
    textOf: (value) => texts[value] as string,
  })
  switch (field as (typeof groupFields)[number]) {
    case 'health':
      return of(verdicts.health, healths)
    case 'needs':
      return of(verdicts.need, needs)
    case 'status':
      return of(columns.status, statuses.texts)
    case 'task':
      return of(columns.task, tasks.texts)
    case 'kind':
      return of(columns.kind, eventKinds)
    case 'activity':
      return { ...of([], activities), numberOf: (agent) => activityOf(fleet, agent) }
    default: {
      const { numbers, values } = metaColumnOf(picture, field.replace(/^meta\./, ''))
      return of(numbers, values.texts)
    }
  }
}
