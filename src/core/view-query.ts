// Reads a view's query from outside.

import { parseExpression } from './expression.ts'
import { err, ok, type Result } from './result.ts'
import {
  type FleetColumn,
  type FleetQuery,
  type FleetSort,
  fleetColumns,
  fleetSorts,
  groupFields,
  type HeatmapKind,
  heatmapKinds,
  viewLimits,
} from './view.ts'

/** Reads a query from outside; what is absent takes its default. The error names the field, or the expression. */
export function parseFleetQuery(input: unknown): Result<FleetQuery, string> {
  if (typeof input !== 'object' || input === null) return err('query: must be an object')
  const query = input as Record<string, unknown>
  if (query.view !== undefined && query.view !== 'fleet') return err('query.view: must be fleet')
  const sort = query.sort ?? 'seen'
  if (!fleetSorts.includes(sort as FleetSort))
    return err(`query.sort: must be one of ${fleetSorts.join(', ')}`)
  const columns = query.columns ?? fleetColumns
  if (!Array.isArray(columns) || columns.length > columns_max || !columns.every(isColumn))
    return err(`query.columns: must be of ${fleetColumns.join(', ')} and meta.<key>`)
  const parsed: FleetQuery = {
    view: 'fleet',
    sort: sort as FleetSort,
    offset: 0,
    limit: 50,
    columns: columns as FleetColumn[],
    newest: 50,
    order_ms: 1_000,
    reverse: false,
    needs: false,
    series: false,
    bars: false,
    changed: 0,
  }
  const ranges = {
    offset: 10_000_000,
    limit: viewLimits.rows_max,
    newest: viewLimits.newest_max,
    order_ms: 60_000,
    changed: viewLimits.changed_max,
    cell: viewLimits.heatmap_cells_max,
  }
  for (const [name, max] of Object.entries(ranges) as [keyof typeof ranges, number][]) {
    const value = query[name]
    if (value === undefined) continue
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > max)
      return err(`query.${name}: must be a whole number from 0 to ${max}`)
    parsed[name] = value as number
  }
  for (const name of ['reverse', 'needs', 'series', 'bars'] as const) {
    const value = query[name]
    if (value === undefined) continue
    if (typeof value !== 'boolean') return err(`query.${name}: must be true or false`)
    parsed[name] = value
  }
  for (const name of ['pin', 'where', 'newest_where', 'group', 'tag'] as const) {
    const value = query[name]
    if (value === undefined) continue
    if (typeof value !== 'string' || value.length > 4096) return err(`query.${name}: must be a text`)
    if (value !== '') parsed[name] = value
  }
  if (parsed.group !== undefined && !isGroup(parsed.group))
    return err(`query.group: must be ${groupFields.join(', ')} or meta.<key>`)
  if (query.heatmap !== undefined) {
    const heatmap = parseHeatmap(query.heatmap)
    if (heatmap === undefined)
      return err(
        `query.heatmap: must be {by: ${heatmapKinds.join(' | ')}, cells: 1 to ${viewLimits.heatmap_cells_max}}`,
      )
    parsed.heatmap = heatmap
  }
  for (const [text, fields] of [
    [parsed.where, 'agent'],
    [parsed.newest_where, 'event'],
  ] as const) {
    const expression = parseExpression(text ?? '', { fields })
    if (!expression.ok) return err(`${text}: ${expression.error.message}`)
  }
  return ok(parsed)
}

const columns_max = 40

const isColumn = (name: unknown): boolean =>
  fleetColumns.includes(name as (typeof fleetColumns)[number]) || isMeta(name)

const isGroup = (name: string): boolean =>
  groupFields.includes(name as (typeof groupFields)[number]) || isMeta(name)

const isMeta = (name: unknown): boolean =>
  typeof name === 'string' && name.startsWith('meta.') && name.length > 'meta.'.length && name.length <= 128

function parseHeatmap(input: unknown): FleetQuery['heatmap'] {
  const { by, cells } = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>
  if (!heatmapKinds.includes(by as HeatmapKind) || !Number.isInteger(cells)) return undefined
  if ((cells as number) < 1 || (cells as number) > viewLimits.heatmap_cells_max) return undefined
  return { by: by as HeatmapKind, cells: cells as number }
}
