// The fleet as cells. A cell keeps its agents while others only join, and shows the one that one would look at first: the
// worst, the busiest, the longest silent, the one with the most errors.

import { severitiesOf } from './fleet-order.ts'
import { matchingAgents, type Picture, ratesOf, selectionKey, share } from './fleet-picture.ts'
import type { FleetQuery, Heatmap, HeatmapKind } from './view.ts'

/**
 * The scales, which never move: a level is the number of steps that a value reaches. Events per second; errors so far; for
 * `seen` seconds of silence, where the level is 8 less the number of steps.
 */
export const heatmapSteps: Record<Exclude<HeatmapKind, 'health'>, readonly number[]> = {
  rate: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
  errors: [1, 3, 10, 30, 100, 300, 1_000, 3_000],
  seen: [1, 3, 10, 30, 60, 300, 900, 3_600],
}

type Cells = { heatmap: Heatmap /** The agent that each cell shows. */; shown: Uint32Array }

type Asked = Pick<FleetQuery, 'where' | 'needs'> & { heatmap: NonNullable<FleetQuery['heatmap']> }

export const heatmapOf = (picture: Picture, query: Asked): Heatmap => cellsOf(picture, query).heatmap

/** Number of the agent that a cell shows; undefined behind the last cell. */
export const agentOfCell = (picture: Picture, query: Asked, cell: number): number | undefined =>
  cellsOf(picture, query).shown[cell]

const cellsOf = (picture: Picture, query: Asked): Cells => {
  const { by, cells } = query.heatmap
  return share(picture, `heatmap ${by} ${cells} ${selectionKey(query)}`, () =>
    toCells(picture, matchingAgents(picture, query), by, cells),
  )
}

function toCells(picture: Picture, members: Uint32Array, by: HeatmapKind, cells: number): Cells {
  const { weights, charOf } = scaleOf(picture, by)
  const perCell = Math.max(1, Math.ceil(members.length / cells))
  const shown = new Uint32Array(Math.ceil(members.length / perCell))
  const chars = new Uint8Array(shown.length)
  for (let cell = 0; cell < shown.length; cell++) {
    const from = cell * perCell
    const to = Math.min(from + perCell, members.length)
    let worst = members[from] as number
    for (let i = from + 1; i < to; i++) {
      const agent = members[i] as number
      if ((weights[agent] as number) > (weights[worst] as number)) worst = agent
    }
    shown[cell] = worst
    chars[cell] = charOf(worst)
  }
  return { heatmap: { by, agents_per_cell: perCell, cells: latin1.decode(chars) }, shown }
}

/** The heaviest agent of a cell is shown. */
type Scale = { weights: { [agent: number]: number }; charOf(agent: number): number }

function scaleOf(picture: Picture, by: HeatmapKind): Scale {
  const { columns } = picture.fleet
  switch (by) {
    case 'health':
      return {
        weights: severitiesOf(picture),
        charOf: (agent) => zero + (picture.verdicts.health[agent] as number),
      }
    case 'rate': {
      const rates = ratesOf(picture)
      return { weights: rates, charOf: (agent) => zero + levelOf(heatmapSteps.rate, rates[agent] as number) }
    }
    case 'errors':
      return {
        weights: columns.errors,
        charOf: (agent) => zero + levelOf(heatmapSteps.errors, columns.errors[agent] as number),
      }
    case 'seen': {
      const idle = share(picture, 'silences', () => silencesOf(picture))
      return {
        weights: idle,
        charOf: (agent) => zero + levelsMax - levelOf(heatmapSteps.seen, idle[agent] as number),
      }
    }
  }
}

/** Seconds since each agent was heard. */
function silencesOf({ fleet, now_ms }: Picture): Float64Array {
  const silences = new Float64Array(fleet.ids.length)
  for (let agent = 0; agent < silences.length; agent++)
    silences[agent] = (now_ms - (fleet.columns.last_seen_ms[agent] as number)) / 1_000
  return silences
}

const latin1 = new TextDecoder('latin1')
const zero = '0'.charCodeAt(0)
const levelsMax = 8

function levelOf(steps: readonly number[], value: number): number {
  let level = 0
  while (level < steps.length && value >= (steps[level] as number)) level++
  return level
}
