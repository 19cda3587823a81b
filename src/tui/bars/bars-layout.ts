// Which part of the bars view gets which rows.

import type { Size } from '../view-spec.ts'

export type BarsLayout = {
  /** Rows of each part, from the top; 0 where there is no room. */
  pulse: number
  /** Bar and beat in words, and the strip. */
  beat: number
  axis: number
  /** Agents reporting, and the other counts. */
  counts: number
  states: number
  legend: number
  charts: number
  rule: number
  heading: number
  list: number
  /** What is below the list's edge. */
  edge: number
  /** First row of the list. */
  top: number
}

const list_min = 3
const charts_min = 6
const charts_max = 12
/** Beside charts the list keeps so many rows. */
const list_beside_charts = 8

export function toBarsLayout({ rows }: Size): BarsLayout {
  let left = rows
  const take = (wanted: number, leaving = 0): number => {
    const given = left - wanted >= leaving ? wanted : 0
    left -= given
    return given
  }
  const beat = take(2)
  const counts = take(1)
  const heading = take(1)
  const edge = take(1)
  const pulse = take(1, list_min)
  const states = take(1, list_min)
  const legend = take(1, list_min + 1)
  const rule = take(1, list_min + 2)
  const axis = take(1, list_min + 4)
  const spare = left - list_beside_charts
  const charts =
    spare < charts_min ? 0 : take(Math.min(charts_max, Math.max(charts_min, Math.floor(spare / 2))))
  const top = pulse + beat + axis + counts + states + legend + charts + rule + heading
  return {
    pulse,
    beat,
    axis,
    counts,
    states,
    legend,
    charts,
    rule,
    heading,
    list: Math.max(0, left),
    edge,
    top,
  }
}
