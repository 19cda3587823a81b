// The watchtower: every process of the daemon with its numbers, the daemon as a whole, and all of the selected one.

import type { ServiceStatus } from '../../core/status.ts'
import { formatCount } from '../format.ts'
import { fitLeft, fitRight, type Piece, toLine, toSafeText } from '../line.ts'
import type { Paint } from '../paint.ts'
import type { Size, ViewSpec } from '../view-spec.ts'
import { daemonFacts } from './daemon-facts.ts'
import { processesOf, processHeading, processRow } from './process-rows.ts'
import type { ServicesState } from './services-state.ts'

const cpu_kept = 60

export const servicesView: ViewSpec<'services'> = {
  name: 'services',
  title: 'services',
  help: 'the watchtower: processes, broker, disk, books',
  filters: false,
  keys: [],
  query: () => ({ limit: 0, newest: 0 }),
  lines({ status }, state, size, paint) {
    if (!status) return padded([[['  The supervisor does not answer.', paint.warn]]], size)
    const processes = processesOf(status)
    const selected = processes.find(({ instance }) => instance === state.selected)
    const rows = processes.map((each) =>
      processRow(each, state.cpu[each.instance] ?? [], each === selected, size.columns, paint),
    )
    const old: Piece[][] = status.degraded
      ? [[['  Nobody answered: this is what the supervisor last wrote down.', paint.warn]]]
      : []
    const above = [
      ...old,
      processHeading(size.columns, paint),
      ...rows,
      [],
      ...daemonFacts(status, paint),
      [],
    ]
    return padded([...above, ...details(selected, size, paint)], size)
  },
  update(model, state, message, size) {
    if (message.type === 'status') {
      const { status } = message
      if (!status) return [state, []]
      const cpu = Object.fromEntries(
        processesOf(status).map(({ instance, cpu_percent }) => [
          instance,
          [...(state.cpu[instance] ?? []), cpu_percent ?? 0].slice(-cpu_kept),
        ]),
      )
      return [{ ...state, cpu }, []]
    }
    const names = model.status ? processesOf(model.status).map(({ instance }) => instance) : []
    if (message.type === 'mouse') {
      if (message.mouse.kind === 'click') {
        const clicked = names[message.mouse.row - 1]
        return [clicked === undefined ? state : { ...state, selected: clicked }, []]
      }
      return [select(state, names, message.mouse.kind === 'up' ? -1 : 1), []]
    }
    if (message.type !== 'action') return [state, []]
    switch (message.action) {
      case 'down':
        return [select(state, names, 1), []]
      case 'up':
        return [select(state, names, -1), []]
      case 'page_down':
      case 'page_up':
        return [select(state, names, message.action === 'page_up' ? -size.rows : size.rows), []]
      case 'first':
        return [{ ...state, selected: names[0] ?? null }, []]
      case 'last':
        return [{ ...state, selected: names.at(-1) ?? null }, []]
      default:
        return [state, []]
    }
  },
}

function select(state: ServicesState, names: string[], step: number): ServicesState {
  const at = state.selected === null ? -1 : names.indexOf(state.selected)
  const next = at < 0 ? 0 : Math.max(0, Math.min(names.length - 1, at + step))
  return { ...state, selected: names[next] ?? null }
}

const stat_cells = { name: 26, value: 14 }

/** Everything that the process reports about itself, in as many columns as fit. */
function details(each: ServiceStatus | undefined, { columns }: Size, paint: Paint): Piece[][] {
  if (!each) return [[['  ↓ selects a process and shows all of its numbers', paint.dim]]]
  const stats = Object.entries(each.stats).map(([name, value]): Piece[] => [
    [`  ${fitLeft(toSafeText(name), stat_cells.name)}`, paint.dim],
    [fitRight(toText(value), stat_cells.value)],
  ])
  const beside = Math.max(1, Math.floor(columns / (stat_cells.name + stat_cells.value + 4)))
  const height = Math.ceil(stats.length / beside)
  const lines = Array.from({ length: height }, (_, row) =>
    Array.from({ length: beside }, (_, column) => stats[column * height + row] ?? []).flatMap(
      (pieces): Piece[] => [...pieces, ['  ']],
    ),
  )
  const exit = each.last_exit === null ? '' : `  last exit: ${toSafeText(each.last_exit)}`
  return [
    [
      [`  ${toSafeText(each.instance)}`, paint.bold],
      [exit, paint.warn],
    ],
    ...lines,
  ]
}

function toText(value: number | string | boolean | null): string {
  if (typeof value !== 'number') return toSafeText(String(value ?? '—'))
  return Number.isInteger(value) ? formatCount(value) : value.toFixed(1)
}

function padded(lines: Piece[][], { columns, rows }: Size): string[] {
  const text = lines.slice(0, rows).map((pieces) => toLine(pieces, columns))
  while (text.length < rows) text.push('')
  return text
}
