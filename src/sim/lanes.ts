// Lanes: queues of due events. An agent always goes through the same lane, and a lane has one request in flight,
// so an agent's events reach Beacon in order. A request carries what is due in several idle lanes, so that a
// fast Beacon is asked with few full requests and not with many small ones.

import type { SimEvent } from './scenario.ts'

type Lane = { queue: SimEvent[]; head: number; busy: boolean }

/** The events of one request, and the lanes that are busy until it is resolved. */
export type Group = { lanes: Lane[]; events: SimEvent[] }

export type LaneOptions = {
  lanes: number
  /** Events per request. */
  batch: number
  /** Bytes of bodies per request, so that huge events do not add up to a body that is too large. */
  bytes_max: number
  /** How long due events may wait for company in their request. */
  linger_ms: number
}

export type Lanes = {
  push(event: SimEvent): void
  /** The next request, or undefined when nothing is due or lanes linger still. */
  take(now_ms: number): Group | undefined
  /** The request is resolved: its lanes may send again. */
  release(group: Group): void
  /** Drops everything that waits; returns how many events that were. */
  clear(): number
  /** Events that wait, in idle and busy lanes. */
  readonly waiting: number
  /** Due time of the oldest event that waits; Infinity when none does. */
  oldestWaitingMs(): number
  /** When a request that lingers will go; Infinity when none does. */
  lingersUntilMs(): number
}

export function makeLanes(options: LaneOptions): Lanes {
  const lanes: Lane[] = Array.from({ length: options.lanes }, () => ({ queue: [], head: 0, busy: false }))
  /** Idle lanes with events, the longest idle first. */
  let ready: Lane[] = []
  let readyHead = 0
  let readyEvents = 0
  let waiting = 0

  const first = (): SimEvent | undefined => {
    const lane = ready[readyHead]
    return lane?.queue[lane.head]
  }

  /** Moves events from the front of a lane into the group; true when the request has no room for more. */
  const fill = (group: Group, lane: Lane, room: { bytes: number }): boolean => {
    while (lane.head < lane.queue.length) {
      const event = lane.queue[lane.head] as SimEvent
      if (
        event.wrong?.alone
          ? group.events.length > 0
          : room.bytes < event.body.length && group.events.length > 0
      ) {
        return true
      }
      room.bytes -= event.body.length
      group.events.push(event)
      lane.head++
      if (group.events.length === options.batch || event.wrong?.alone) return true
    }
    return false
  }

  return {
    push(event) {
      const lane = lanes[event.agent % lanes.length] as Lane
      lane.queue.push(event)
      waiting++
      if (lane.busy) return
      readyEvents++
      if (lane.queue.length - lane.head === 1) ready.push(lane)
    },
    take(nowMs) {
      const oldest = first()
      if (!oldest) return undefined
      if (readyEvents < options.batch && nowMs - oldest.due_ms < options.linger_ms) return undefined
      const group: Group = { lanes: [], events: [] }
      const room = { bytes: options.bytes_max }
      let full = false
      while (!full && readyHead < ready.length) {
        const lane = ready[readyHead] as Lane
        const before = group.events.length
        readyEvents -= lane.queue.length - lane.head
        full = fill(group, lane, room)
        if (group.events.length === before) {
          readyEvents += lane.queue.length - lane.head
          break
        }
        readyHead++
        lane.busy = true
        group.lanes.push(lane)
      }
      if (readyHead > 1024) {
        ready = ready.slice(readyHead)
        readyHead = 0
      }
      waiting -= group.events.length
      return group
    },
    release(group) {
      for (const lane of group.lanes) {
        lane.busy = false
        if (lane.head > 64 || lane.head === lane.queue.length) {
          lane.queue.splice(0, lane.head)
          lane.head = 0
        }
        if (lane.queue.length === 0) continue
        readyEvents += lane.queue.length - lane.head
        ready.push(lane)
      }
    },
    clear() {
      const dropped = waiting
      for (const lane of lanes) {
        lane.queue = []
        lane.head = 0
      }
      ready = []
      readyHead = 0
      readyEvents = 0
      waiting = 0
      return dropped
    },
    get waiting() {
      return waiting
    },
    oldestWaitingMs() {
      let oldest = Number.POSITIVE_INFINITY
      for (const lane of lanes) oldest = Math.min(oldest, lane.queue[lane.head]?.due_ms ?? oldest)
      return oldest
    },
    lingersUntilMs() {
      const oldest = first()
      return oldest ? oldest.due_ms + options.linger_ms : Number.POSITIVE_INFINITY
    },
  }
}
