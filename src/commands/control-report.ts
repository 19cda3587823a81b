// Prints how the orders of one command come along: each step of a few of them as it happens, figures of many.

import { displayWidth } from '../core/display-width.ts'
import type { Order } from '../core/order.ts'
import type { CommandContext } from './command-context.ts'
import type { Meant } from './control-meant.ts'
import {
  figureColumns,
  makeNamer,
  orderColumns,
  type StepFigures,
  toFigures,
  toProgress,
  toStepLine,
} from './control-text.ts'
import { isConfirmed, type OrderTrack, type StepSeen } from './control-track.ts'
import { type Column, printDocument, printRows } from './output.ts'

type Printer = Pick<CommandContext, 'output' | 'io'>

export type ControlReport = {
  steps(steps: StepSeen[], track: OrderTrack): void
  /** Prints what is left to print. */
  end(result: Meant): Promise<void>
}

/** With more orders than fit on a screen nobody reads the steps of each. */
const lines_max = 20
/** A line that is written over more often than this cannot be read. */
const progress_ms = 100

/** `meant` are the orders that are about to be given. */
export function openReport(context: Printer, meant: readonly Order[]): ControlReport {
  const { output } = context
  if (output === 'jsonl') return openStream(context, ([first]) => toLine(first?.order))
  if (output !== 'table') return { steps: () => {}, end: (result) => printResult(context, result) }
  if (meant.length > lines_max) return openCounts(context)
  const nameOf = makeNamer(meant)
  const cells = Math.max(0, ...meant.map((order) => displayWidth(nameOf(order))))
  const toText = (step: StepSeen): string => `${toStepLine(step, nameOf(step.order), cells)}\n`
  return openStream(context, (steps) => steps.map(toText).join(''))
}

const toLine = (order: Order | undefined): string => (order ? `${JSON.stringify(order)}\n` : '')

/** Writes as steps come. A reader that went away is noticed at the end. */
function openStream({ io }: Printer, toText: (steps: StepSeen[]) => string): ControlReport {
  let written = Promise.resolve()
  return {
    steps(steps) {
      written = written.then(() => io.write(toText(steps)))
      written.catch(() => {})
    },
    end: () => written,
  }
}

function openCounts(context: Printer): ControlReport {
  const { stderr } = context.io
  let shown_ms = 0
  return {
    steps(_, track) {
      if (!stderr.isTTY || performance.now() - shown_ms < progress_ms) return
      shown_ms = performance.now()
      stderr.write(`\r${toProgress(track.orders)}\u001b[K`)
    },
    async end({ orders }) {
      if (stderr.isTTY) stderr.write('\r\u001b[K')
      await printRows<StepFigures>(context, toFigures(orders), { name: 'steps', columns: figureColumns })
    },
  }
}

const printResult = (context: Printer, { request, orders, unknown }: Meant): Promise<void> => {
  const confirmed = orders.filter(isConfirmed).length
  const document = { ...toHead(request), dry_run: false, confirmed, orders, unknown }
  if (context.output === 'json') return printDocument(context, document, { name: 'command' })
  return printRows(context, orders, { name: 'orders', columns: orderColumns })
}

/** What would be ordered. */
export function printPreview(context: Printer, { request, orders, unknown }: Meant): Promise<void> {
  if (context.output === 'json')
    return printDocument(context, { ...toHead(request), dry_run: true, orders, unknown }, { name: 'command' })
  return printRows(context, orders, { name: 'orders', columns: previewColumns })
}

const toHead = ({ command_id, command, reason, by, scope }: Meant['request']): object => ({
  command_id,
  command,
  reason,
  by,
  scope,
})

const previewColumns: Column<Order>[] = [
  { name: 'agent_id', heading: 'AGENT', value: (order) => order.agent_id, shrinks: true },
  { name: 'installation_id', heading: 'INSTALLATION', value: (order) => order.installation_id },
  {
    name: 'would',
    value: ({ outcome, command }) => (outcome === 'already_gone' ? 'nothing: it is gone' : command),
  },
]
