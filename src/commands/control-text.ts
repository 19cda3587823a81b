// The words of kill, pause and resume: a line for each step of a few orders, figures for each step of many.

import { cutToWidth, displayWidth } from '../core/display-width.ts'
import { escapeControl } from '../core/escape.ts'
import { type CommandName, type Order, type OrderStep, orderSteps } from '../core/order.ts'
import { isConfirmed, lastStep, type StepSeen, stepAfter_ms, toAgents } from './control-track.ts'
import type { Column } from './output.ts'

const questions: Record<CommandName, [verb: string, warning: string]> = {
  pause: ['Pause', ''],
  resume: ['Resume', ''],
  terminate: ['Terminate', ' It cannot be undone.'],
  revoke: ['Revoke', ' They end, and so do their tokens; it cannot be undone.'],
}

/** `Terminate 3 agents? It cannot be undone.` */
export function toQuestion(command: CommandName, orders: readonly Order[]): string {
  const [verb, warning] = questions[command]
  return `${verb} ${toCount(orders)}?${warning}`
}

/** `3 agents`, or with the processes where an agent has several: `3 agents (5 installations)`. */
function toCount(orders: readonly Order[]): string {
  const agents = toAgents(orders).length
  const words = `${agents.toLocaleString('en')} ${agents === 1 ? 'agent' : 'agents'}`
  return orders.length === agents ? words : `${words} (${orders.length.toLocaleString('en')} installations)`
}

/** How an order is called: by its agent, with the end of the installation's id where the agent has several of them. */
export type Namer = (order: Order) => string

export function makeNamer(orders: readonly Order[]): Namer {
  const seen = new Set<string>()
  const several = new Set<string>()
  for (const { agent_id } of orders) (seen.has(agent_id) ? several : seen).add(agent_id)
  return ({ agent_id, installation_id }) => {
    const agent = cutToWidth(escapeControl(agent_id), name_max)
    return installation_id !== null && several.has(agent_id) ? `${agent}/${installation_id.slice(-6)}` : agent
  }
}

const name_max = 64

/** `agent-001  delivered  +3 ms  over sse`; `cells` is the width of the widest name. */
export function toStepLine({ order, step, at }: StepSeen, name: string, cells: number): string {
  const blank = ' '.repeat(Math.max(0, cells - displayWidth(name)))
  const when = step === 'requested' ? at.slice(11, 23) : `+${spell(stepAfter_ms(order, step) ?? 0)}`
  return `${name}${blank}  ${step.padEnd(12)}  ${when.padStart(12)}  ${escapeControl(sayStep(order, step))}`.trimEnd()
}

function sayStep(order: Order, step: OrderStep): string {
  switch (step) {
    case 'requested':
      return `${order.command}: ${order.reason}`
    case 'delivered':
      return order.via === null ? '' : `over ${order.via}`
    case 'acknowledged':
      return order.outcome === 'confirmed' ? (order.detail ?? '') : ''
    case 'gone':
      return [sayOutcome(order), order.detail].filter(Boolean).join(': ')
    case 'failed':
      return order.detail ?? ''
  }
}

function sayOutcome({ outcome }: Order): string {
  if (outcome === 'already_gone') return 'was gone before'
  if (outcome === 'lease_expired') return 'fell silent; its lease ran out'
  return ''
}

const spell = (ms: number): string =>
  ms < 10_000 ? `${ms.toLocaleString('en')} ms` : `${(ms / 1_000).toFixed(1)} s`

export const orderColumns: Column<Order>[] = [
  { name: 'agent_id', heading: 'AGENT', value: (order) => order.agent_id, shrinks: true },
  { name: 'installation_id', heading: 'INSTALLATION', value: (order) => order.installation_id },
  { name: 'step', value: lastStep },
  { name: 'requested_at', heading: 'REQUESTED', value: (order) => order.requested_at },
  ...(['delivered', 'acknowledged', 'gone'] as const).map(
    (step): Column<Order> => ({
      name: `${step}_ms`,
      heading: step.toUpperCase(),
      value: (order) => stepAfter_ms(order, step),
      text: (order) => toDash(stepAfter_ms(order, step)),
    }),
  ),
  { name: 'via', value: (order) => order.via },
  { name: 'outcome', value: (order) => order.outcome },
  { name: 'detail', value: (order) => order.detail, shrinks: true },
]

const toDash = (ms: number | null): string => (ms === null ? '' : `+${spell(ms)}`)

export type StepFigures = { step: OrderStep; orders: number; p50_ms: number | null; max_ms: number | null }

/** How many orders took each step, and how soon. Steps that none took are left out. */
export function toFigures(orders: readonly Order[]): StepFigures[] {
  return orderSteps.flatMap((step) => {
    const after = orders
      .map((order) => stepAfter_ms(order, step))
      .filter((ms) => ms !== null)
      .sort((a, b) => a - b)
    if (after.length === 0) return []
    const p50_ms = after[Math.floor((after.length - 1) / 2)] ?? null
    return [{ step, orders: after.length, p50_ms, max_ms: after.at(-1) ?? null }]
  })
}

export const figureColumns: Column<StepFigures>[] = [
  { name: 'step', value: ({ step }) => step },
  { name: 'orders', value: ({ orders }) => orders, text: ({ orders }) => orders.toLocaleString('en') },
  {
    name: 'p50_ms',
    heading: 'HALF WITHIN',
    value: ({ p50_ms }) => p50_ms,
    text: (row) => toDash(row.p50_ms),
  },
  { name: 'max_ms', heading: 'ALL WITHIN', value: ({ max_ms }) => max_ms, text: (row) => toDash(row.max_ms) },
]

/** `1,000 ordered · 998 delivered · 998 acknowledged · 950 gone`, for a line that is written over. */
export const toProgress = (orders: readonly Order[]): string =>
  toFigures(orders)
    .map((row) => `${row.orders.toLocaleString('en')} ${row.step}`)
    .join(' · ')

/** The orders that were not confirmed, and how far they got: `2 of 9: worker-1 delivered, worker-2 failed: no such tool`. */
export function toUnconfirmed(orders: readonly Order[]): string {
  const nameOf = makeNamer(orders)
  const left = orders.filter((order) => !isConfirmed(order))
  const named = left.slice(0, named_max).map((order) => `${nameOf(order)} ${sayState(order)}`)
  const more = left.length - named.length
  const list = more > 0 ? [...named, `and ${more.toLocaleString('en')} more`] : named
  return `${left.length.toLocaleString('en')} of ${orders.length.toLocaleString('en')}: ${list.join(', ')}`
}

const named_max = 5

function sayState(order: Order): string {
  const { outcome, detail } = order
  if (outcome === null) return lastStep(order)
  const words = outcome.replaceAll('_', ' ')
  return detail === null ? words : `${words}: ${detail}`
}
