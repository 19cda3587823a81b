// The newest events, as a ring whose slots are written in place: at 100,000 events a second nothing is allocated for it.

export const newestMax = 200

type Slot = {
  seq: number
  received_at_ms: number
  agent_id: string
  kind: string
  status: string
  metadata: string
}
export type NewestEvent = Readonly<Slot>

export type Newest = { slots: Slot[]; pushed: number }

export const makeNewest = (): Newest => ({ slots: [], pushed: 0 })

export function pushNewest(newest: Newest, event: NewestEvent): void {
  const { seq, received_at_ms, agent_id, kind, status, metadata } = event
  const slot = newest.slots[newest.pushed % newestMax]
  newest.pushed++
  if (slot === undefined) {
    newest.slots.push({ seq, received_at_ms, agent_id, kind, status, metadata })
    return
  }
  slot.seq = seq
  slot.received_at_ms = received_at_ms
  slot.agent_id = agent_id
  slot.kind = kind
  slot.status = status
  slot.metadata = metadata
}

/** The last `count` events, oldest first. The slots are live: use them before the next event is folded. */
export function lastEvents(newest: Newest, count: number): NewestEvent[] {
  const held = Math.min(count, newest.slots.length)
  const events: NewestEvent[] = []
  for (let back = held; back > 0; back--)
    events.push(newest.slots[(newest.pushed - back) % newestMax] as NewestEvent)
  return events
}
