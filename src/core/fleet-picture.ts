// The fleet at a moment, with what several views want to know of it: made when the first one asks, shared by the others,
// dropped at the next moment. Only what is dear to make anew (verdicts, matches, metadata) stays, and is brought up to date.

import { type Fleet, rateAt } from './fleet.ts'
import { needs } from './health.ts'
import { type MatchSet, makeMatchSet, updateMatchSet } from './match-set.ts'
import { type MetaColumn, makeMetaColumn, updateMetaColumn } from './meta-column.ts'
import { judge, type MomentOf, makeVerdicts, type Verdicts } from './verdicts.ts'
import type { FleetQuery } from './view.ts'

export type Picture = {
  readonly fleet: Fleet
  readonly verdicts: Verdicts
  now_ms: number
  /** Number of the moment. */
  moment: number
  /** How many agents may be looked at anew at this moment for each thing that is kept of all of them. */
  slice: number
  matches: Map<string, Kept<MatchSet>>
  metas: Map<string, Kept<MetaColumn>>
  shared: Map<string, unknown>
}

/** What outlives a moment, and the last one at which it was up to date. */
type Kept<T> = { value: T; moment: number }

export const makePicture = (fleet: Fleet): Picture => ({
  fleet,
  verdicts: makeVerdicts(),
  now_ms: 0,
  moment: 0,
  slice: 0,
  matches: new Map(),
  metas: new Map(),
  shared: new Map(),
})

/** Moves on to another moment. With a `slice` smaller than the fleet some of what it shows may be of earlier moments. */
export function movePicture(
  picture: Picture,
  now_ms: number,
  slice = Number.POSITIVE_INFINITY,
  momentOf: MomentOf = () => now_ms,
): void {
  picture.now_ms = now_ms
  picture.moment++
  picture.slice = slice
  picture.shared.clear()
  for (const kept of [picture.matches, picture.metas]) {
    for (const [key, { moment }] of kept) if (picture.moment - moment > unused_max) kept.delete(key)
  }
  judge(picture.verdicts, picture.fleet, momentOf, slice)
}

/** Moments after which nobody is expected to ask again. */
const unused_max = 50

/** The picture of a fleet that is looked at once. */
export function pictureAt(fleet: Fleet, now_ms: number): Picture {
  const picture = makePicture(fleet)
  movePicture(picture, now_ms)
  return picture
}

/** What `make` gives, once a moment. */
export function share<T>(picture: Picture, key: string, make: () => T): T {
  if (!picture.shared.has(key)) picture.shared.set(key, make())
  return picture.shared.get(key) as T
}

/** The agents that match the query, in the order in which they were first heard of. */
export function matchingAgents(picture: Picture, query: Pick<FleetQuery, 'where' | 'needs'>): Uint32Array {
  return share(picture, `agents ${selectionKey(query)}`, () => {
    const { fleet, verdicts } = picture
    const bits = query.where === undefined ? undefined : matchesOf(picture, query.where).bits
    const members = new Uint32Array(fleet.ids.length)
    let matched = 0
    for (let agent = 0; agent < members.length; agent++) {
      if (bits !== undefined && bits[agent] === 0) continue
      if (query.needs && verdicts.need[agent] === noNeed) continue
      members[matched++] = agent
    }
    return members.subarray(0, matched)
  })
}

const noNeed = needs.indexOf('none')

/** Equal for queries that the same agents match. */
export const selectionKey = ({ where = '', needs }: Pick<FleetQuery, 'where' | 'needs'>): string =>
  `${needs} ${where}`

/** Brings what is kept for the query up to this moment. False while it is not yet known of all agents. */
export function preparePicture(picture: Picture, { where, group, columns }: FleetQuery): boolean {
  const keys = [...columns, group === 'role' ? 'meta.role' : (group ?? '')]
    .filter((name) => name.startsWith('meta.'))
    .map((name) => name.slice('meta.'.length))
  const kept = [
    ...(where === undefined ? [] : [matchesOf(picture, where)]),
    ...keys.map((key) => metaColumnOf(picture, key)),
  ]
  return kept.every(({ sweep }) => sweep.complete)
}

export function matchesOf(picture: Picture, where: string): MatchSet {
  const { fleet, verdicts, now_ms, slice } = picture
  return keep(picture, picture.matches, where, makeMatchSet, (set) =>
    updateMatchSet(set, fleet, verdicts, now_ms, slice),
  )
}

/** The values of a key of the metadata. */
export const metaColumnOf = (picture: Picture, key: string): MetaColumn =>
  keep(picture, picture.metas, key, makeMetaColumn, (column) =>
    updateMetaColumn(column, picture.fleet, picture.slice),
  )

function keep<T>(
  { moment }: Picture,
  kept: Map<string, Kept<T>>,
  key: string,
  make: (key: string) => T,
  update: (value: T) => void,
): T {
  const found = kept.get(key) ?? { value: make(key), moment: -1 }
  kept.set(key, found)
  if (found.moment !== moment) update(found.value)
  found.moment = moment
  return found.value
}

/** Events per second of each agent. */
export const ratesOf = (picture: Picture): Float64Array =>
  share(picture, 'rates', () => {
    const { fleet, now_ms } = picture
    const rates = new Float64Array(fleet.ids.length)
    for (let agent = 0; agent < rates.length; agent++) rates[agent] = rateAt(fleet, agent, now_ms)
    return rates
  })
