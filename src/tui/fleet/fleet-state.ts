// What the fleet view remembers.

import { type TableState, tableInit } from '../table/table-state.ts'

export type FleetState = { table: TableState }

export const fleetInit: FleetState = { table: tableInit('seen') }
