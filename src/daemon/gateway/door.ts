// A door: how what a sender gives becomes an event to store. All else is the same for every door.

import { type Principal, reachesAgent } from '../../core/access.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { type EventBody, type EventKind, limits } from '../../core/event.ts'
import { parseEventBody } from '../../core/event-body.ts'
import { err, type Result } from '../../core/result.ts'

/** What is wrong with one entry of a body. `field` is empty when the entry as a whole is meant. */
export type EntryIssue = { field: string; message: string; code?: ErrorCode }

/** An event to stamp. Only Beacon's own doors may say a kind that is no producer's. */
export type EntryEvent = Omit<EventBody, 'kind'> & { kind?: EventKind }

export type ParseEntry = (value: unknown) => Result<EntryEvent, EntryIssue>

export type Door = {
  /** What one entry is called. */
  noun: 'event' | 'claim'
  /** The code of a body without a valid entry. */
  none: ErrorCode
  /** Called as a body comes in. Throws BeaconError when none can be taken now. */
  open(): ParseEntry
  /** What the sender of a single entry is told beside its sequence. */
  tell?(event: EntryEvent): object
}

const parseState: ParseEntry = (value) => parseEventBody(value, limits)

export const stateDoor: Door = { noun: 'event', none: 'event_invalid', open: () => parseState }

/** The same door, for a sender who may speak for its own agents only. */
export function boundDoor(door: Door, principal: Principal): Door {
  if (principal.agents === null) return door
  const message = `this token is for ${principal.agents}`
  return {
    ...door,
    open() {
      const parse = door.open()
      return (value) => {
        const event = parse(value)
        if (!event.ok || reachesAgent(principal, event.value.agent_id)) return event
        return err({ field: 'agent_id', message, code: 'agent_forbidden' })
      }
    },
  }
}
