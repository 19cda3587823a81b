// What `beacon top --once` asks for: the rows that the view would show first, and a few of the newest events.

import type { FleetQuery } from '../core/view.ts'
import type { ViewName } from './view-names.ts'

/** Agents and events of a snapshot for people, and for programs. */
const people = { agents: 30, events: 10, feed: 40 }
const programs = { agents: 500, events: 50, feed: 200 }

export function toSnapshotQuery(view: ViewName, forPeople: boolean): Partial<FleetQuery> {
  const size = forPeople ? people : programs
  switch (view) {
    case 'attention':
      return { sort: 'needs', needs: true, limit: size.agents, newest: 0 }
    case 'feed':
      return { limit: 0, newest: size.feed }
    case 'bars':
      return { limit: 0, newest: 0, bars: true }
    case 'services':
    case 'control':
      return { limit: 0, newest: 0 }
    case 'fleet':
    case 'agent':
    case 'charts':
      return { limit: size.agents, newest: size.events }
  }
}
