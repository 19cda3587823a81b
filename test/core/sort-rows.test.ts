import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fold, makeFleet } from '../../src/core/fleet.ts'
import { nothingShown, orderFleet, toFleetBody } from '../../src/core/fleet-view.ts'
import { columnOfSort, sortRows } from '../../src/core/sort-rows.ts'
import { type AgentRow, type FleetSort, fleetSorts, toAgentRow } from '../../src/core/view.ts'
import { parseFleetQuery } from '../../src/core/view-query.ts'
import { histories, start_ms } from './histories.ts'

const seeded = <T>(rows: T[], seed: number): T[] =>
  rows
    .map((row, i) => ({ row, key: Math.sin(seed + i) }))
    .sort((a, b) => a.key - b.key)
    .map(({ row }) => row)

test.each(fleetSorts)('rows from several windows stand as a view orders them by %s', (sort: FleetSort) => {
  fc.assert(
    fc.property(histories(), fc.boolean(), fc.nat(), fc.nat(600_000), (history, reverse, seed, later_ms) => {
      const fleet = makeFleet()
      for (const event of history) fold(fleet, event)
      const query = parseFleetQuery({ sort, reverse, limit: 500, newest: 0 })
      if (!query.ok) throw new Error(query.error)
      const now_ms = start_ms + later_ms
      const window = orderFleet(fleet, query.value, now_ms)
      const lag = { events: 0, ms: 0 }
      const { body } = toFleetBody(fleet, query.value, window, nothingShown, now_ms, lag)
      const rows = body.rows.map((cells) => toAgentRow(body.columns, cells))
      // What is equal may stand in another order.
      const keyOf = (row: AgentRow) => row[columnOfSort[sort]]
      expect(sortRows(seeded(rows, seed), sort, reverse).map(keyOf)).toEqual(rows.map(keyOf))
    }),
  )
})
