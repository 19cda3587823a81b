// One run of kill, pause or resume: whom it means, the asking before more than one, and what became of it.

import type { NatsConnection } from '@nats-io/nats-core'
import { BeaconError } from '../core/errors.ts'
import { escapeControl } from '../core/escape.ts'
import type { CommandName, Order } from '../core/order.ts'
import type { Meant } from './control-meant.ts'
import { type ControlContext, readTargets } from './control-options.ts'
import type { RoundOptions } from './control-round.ts'
import { toQuestion, toUnconfirmed } from './control-text.ts'
import { isConfirmed, toAgents } from './control-track.ts'

export type Control = {
  command: CommandName
  /** How long an agent has to end by itself, before whoever runs it ends it by force. */
  grace_ms?: number
}

/** Throws not_found for agents that nobody heard of, and command_unconfirmed. */
export async function runControl(context: ControlContext, control: Control): Promise<number> {
  const { options, io } = context
  const asked = readTargets(context)
  const [{ connectDaemon }, { findMeant }, { printPreview }] = await Promise.all([
    import('./connect-daemon.ts'),
    import('./control-meant.ts'),
    import('./control-report.ts'),
  ])
  const nc = await connectDaemon(context, 'operator', `beacon-${control.command}`)
  try {
    const meant = await findMeant(nc, asked, await toRequest(context, control))
    if (options.dryRun) {
      await printPreview(context, meant)
    } else if (await isWanted(context, meant)) {
      await carryOut(nc, context, meant)
    } else {
      io.note('Nothing was done.')
      return 1
    }
    if (asked.kind === 'agents') {
      for (const agent of meant.over) io.note(`${escapeControl(agent)} was gone before.`)
      if (meant.unknown.length > 0) throw await unknownAgents(nc, meant.unknown)
    } else if (meant.orders.length === 0) {
      io.note('All agents that match are gone already.')
    }
    return 0
  } finally {
    await nc.close()
  }
}

async function toRequest(
  { options: { reason, installation } }: ControlContext,
  { command, grace_ms }: Control,
): Promise<RoundOptions['request']> {
  const [{ randomUUID }, { operatorName }] = await Promise.all([
    import('node:crypto'),
    import('./operator-name.ts'),
  ])
  return {
    command_id: randomUUID(),
    command,
    reason,
    by: operatorName(),
    ...(installation === undefined ? {} : { installation_id: installation }),
    ...(grace_ms === undefined ? {} : { shutdown_timeout_ms: grace_ms }),
  }
}

async function isWanted(context: ControlContext, { request, orders }: Meant): Promise<boolean> {
  const count = toAgents(orders).length
  if (count <= 1 || context.options.yes) return true
  const { confirmCount } = await import('./control-confirm.ts')
  return await confirmCount(context, toQuestion(request.command, orders), count)
}

/** Throws command_unconfirmed, and the reason of the signal when it aborts. */
async function carryOut(nc: NatsConnection, context: ControlContext, meant: Meant): Promise<void> {
  const [{ giveCommand }, { openReport }] = await Promise.all([
    import('./control-round.ts'),
    import('./control-report.ts'),
  ])
  const { options, signal } = context
  const report = openReport(context, meant.orders)
  const orders = await giveCommand(nc, {
    request: meant.request,
    agents: toAgents(meant.orders),
    timeout_ms: options.timeout,
    signal,
    onSteps: report.steps,
  })
  await report.end({ ...meant, orders })
  signal.throwIfAborted()
  if (!orders.every(isConfirmed)) throw unconfirmed(orders)
}

function unconfirmed(orders: readonly Order[]): BeaconError {
  const detail = toUnconfirmed(orders)
  if (orders.some(({ outcome }) => outcome === null)) return new BeaconError('command_unconfirmed', detail)
  // None of these orders stands any more: nothing is to be waited for.
  return new BeaconError('command_unconfirmed', detail, {
    hint: 'These orders are over; `beacon query kind:command` tells their steps.',
  })
}

async function unknownAgents(
  nc: NatsConnection,
  [first = '', ...rest]: readonly string[],
): Promise<BeaconError> {
  const { nearestAgent } = await import('./nearest-agent.ts')
  // Without the aggregator there is nothing to compare with.
  const meant = await nearestAgent(nc, first).catch(() => undefined)
  const more = rest.length === 0 ? '' : `, nor ${rest.length.toLocaleString('en')} more`
  return new BeaconError('not_found', `no agent '${first}' was heard of${more}`, {
    hint: meant === undefined ? 'beacon agents' : `Did you mean ${meant}?`,
  })
}
