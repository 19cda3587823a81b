// The watchtower: every process of the daemon, the broker, the disk and the books.

import { fitLeft, toLine } from '../line.ts'
import type { ViewSpec } from '../view-spec.ts'

export const servicesView: ViewSpec<'services'> = {
  name: 'services',
  title: 'services',
  help: 'the watchtower: processes, broker, disk, books',
  keys: [],
  query: () => ({ limit: 0, newest: 0 }),
  lines(model, _state, { rows, columns }) {
    const { status } = model
    const services = status ? [...status.services, status.broker] : []
    const lines = services
      .slice(0, rows)
      .map(({ instance, state, pid }) =>
        toLine([[`  ${fitLeft(instance, 16)}  ${fitLeft(state, 10)}  ${pid ?? ''}`]], columns),
      )
    while (lines.length < rows) lines.push('')
    return lines
  },
  update: (_model, state) => [state, []],
}
