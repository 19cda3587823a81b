// The audit: each step of each order becomes an event of kind `command` of its agent. By one gateway at a time; what was
// read is kept as a cursor, so a crash between storing and keeping repeats an event, with the same id, and loses none.

import { type KV, Kvm, KvWatchInclude } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/nats-core'
import type { Json } from '../../core/event.ts'
import { commandsBucket, type Order, type OrderStep } from '../../core/order.ts'
import { hashAgent } from '../../core/subjects.ts'
import type { LaneMessage, Lanes } from '../gateway/lanes.ts'
import type { StampEvent } from '../gateway/stamp.ts'
import { sleepOrAbort } from '../sleep-or-abort.ts'

export type AuditorOptions = { nc: NatsConnection; stamp: StampEvent; lanes: Pick<Lanes, 'admit'> }

const cursorBucket = 'beacon_audit'
const cursorKey = 'cursor'
const batch_max = 500
const retry_ms = 100

/** Works until the signal aborts. Rejects when it has to begin anew. */
export async function runAuditor(options: AuditorOptions, signal: AbortSignal): Promise<void> {
  const kvm = new Kvm(options.nc)
  const cursors = await kvm.create(cursorBucket, {
    history: 1,
    description: 'How far the orders were audited.',
  })
  const orders = await kvm.open(commandsBucket)
  const kept = await cursors.get(cursorKey)
  let cursor: Cursor = { revision: kept?.revision ?? 0, seq: kept ? Number(kept.string()) : 0 }
  const watcher = await orders.watch({
    include: KvWatchInclude.AllHistory,
    resumeFromRevision: cursor.seq + 1,
  })
  const stop = () => watcher.stop()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    let batch: LaneMessage[] = []
    for await (const entry of watcher) {
      if (signal.aborted) return
      if (entry.operation === 'PUT') batch.push(...toMessages(entry.json<Order>(), options.stamp))
      if (watcher.getPending() > 0 && batch.length < batch_max) continue
      await admitAll(batch, options.lanes, signal)
      if (signal.aborted) return
      batch = []
      cursor = await keepCursor(cursors, cursor, entry.revision)
    }
    if (!signal.aborted) throw new Error('the watch of the orders ended')
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}

/** `seq` is of the last revision that was audited, `revision` the cursor's own. */
type Cursor = { seq: number; revision: number }

/** Refused when another gateway took over meanwhile. */
async function keepCursor(cursors: KV, { revision }: Cursor, seq: number): Promise<Cursor> {
  const text = String(seq)
  const next = revision === 0 ? cursors.create(cursorKey, text) : cursors.update(cursorKey, text, revision)
  return { seq, revision: await next }
}

/** Full or away: it goes on by itself as soon as it can. */
async function admitAll(
  messages: readonly LaneMessage[],
  lanes: AuditorOptions['lanes'],
  signal: AbortSignal,
): Promise<void> {
  let waiting = messages
  while (waiting.length > 0 && !signal.aborted) {
    const { seqs } = await lanes.admit(waiting)
    waiting = waiting.filter((_, i) => !seqs[i])
    if (waiting.length > 0) await sleepOrAbort(retry_ms, signal)
  }
}

const toMessages = (order: Order, stamp: StampEvent): LaneMessage[] =>
  order.news.map((step) =>
    stamp({
      id: `${order.command_id}.${order.installation_id ?? hashAgent(order.agent_id).toString(36)}.${step}`,
      kind: 'command',
      agent_id: order.agent_id,
      status: step,
      timestamp: timeOf(order, step),
      metadata: toMetadata(order, step),
    }),
  )

function timeOf(order: Order, step: OrderStep): string {
  return order[`${step}_at`] ?? order.requested_at
}

/** What a step adds, and never what only a later one does: the revision may hold several. */
function toMetadata(order: Order, step: OrderStep): { [field: string]: Json } {
  const { command, command_id, installation_id, by, reason, scope, via, outcome, detail } = order
  const isEnd = step === 'gone' || step === 'failed' || (step === 'acknowledged' && outcome === 'confirmed')
  return {
    command,
    command_id,
    installation_id,
    by,
    reason,
    ...(step === 'requested' ? { scope } : {}),
    ...(step === 'delivered' ? { via } : {}),
    ...(isEnd ? { outcome } : {}),
    ...(step !== 'requested' && step !== 'delivered' && detail !== null ? { detail } : {}),
  }
}
