// One agent for people: its state, why, its numbers, its metadata, its last events. Nothing of it can steer the terminal.

import type { AgentDocument } from '../core/agent-document.ts'
import { escapeControl } from '../core/escape.ts'
import type { BeaconEvent, Json } from '../core/event.ts'
import { summarizeMetadata } from '../core/event-summary.ts'
import { spellDuration } from '../core/spell-duration.ts'
import { formatCount, formatRate } from '../tui/format.ts'
import { wrap } from './help-page.ts'
import type { Column } from './output.ts'
import { formatTable } from './table-layout.ts'

export type AgentPage = {
  agent: AgentDocument
  /** Oldest first; null when they are not known. */
  recent: BeaconEvent[] | null
  /** Receive times of the events behind the reasons, by sequence; RFC 3339. */
  clocks: Map<number, string>
}

/** `cells` is the width of the terminal; lines are cut there. */
export function toAgentPage({ agent, recent, clocks }: AgentPage, cells: number): string {
  return [
    `${escapeControl(agent.agent_id)}\n${toState(agent)}\n`,
    section('WHY', indent(toReasons(agent, clocks, cells - 2))),
    section('NUMBERS', toPairs(toNumbers(agent), cells)),
    section('METADATA', toPairs(toMetadata(agent), cells)),
    recent === null ? '' : section('LAST EVENTS', toEvents(recent, cells)),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

/** `unhealthy · running for 3m 2s · busy · task llm_call · needs you: stuck` */
function toState(agent: AgentDocument): string {
  const { activity, health, needs, status, task } = agent
  const since_ms = Math.max(0, Date.parse(agent.at) - Date.parse(agent.status_since))
  return [
    health,
    `${escapeControl(status)} for ${spellDuration(since_ms)}`,
    ...(activity === status ? [] : [activity]),
    ...(task === null ? [] : [`task ${escapeControl(task)}`]),
    ...(needs === 'none' ? [] : [`needs you: ${needs}`]),
  ].join(' · ')
}

/** The event's place at the left, the sentence in as many lines as it needs. */
function toReasons({ reasons }: AgentDocument, clocks: Map<number, string>, cells: number): string {
  const places = reasons.map(({ seq }) => (seq === null ? 'now' : toPlace(seq, clocks.get(seq))))
  const left = Math.max(...places.map((place) => place.length)) + 2
  return reasons
    .flatMap(({ says }, i) =>
      wrap(escapeControl(says), Math.max(says_cells_min, cells - left)).map(
        (line, row) => `${(row === 0 ? (places[i] as string) : '').padEnd(left)}${line}\n`,
      ),
    )
    .join('')
}

const says_cells_min = 30

/** `#1234 12:41:03Z`, or only the first part where the time is not known. */
const toPlace = (seq: number, at: string | undefined): string =>
  at === undefined ? `#${seq}` : `#${seq} ${at.slice(11, 19)}Z`

type Pair = readonly [name: string, text: string]

function toNumbers(agent: AgentDocument): Pair[] {
  const { events, errors, error_share, last_error_seq } = agent
  const rates = [agent.rate_1s, agent.rate_10s, agent.rate_60s].map(formatRate)
  return [
    ['events', `${formatCount(events)}, now ${rates[0]}/s (10 s ${rates[1]}, 60 s ${rates[2]})`],
    [
      'errors',
      errors === 0
        ? '0'
        : `${formatCount(errors)}, ${Math.round(error_share * 100)} % of its recent events${last_error_seq === null ? '' : `, last #${last_error_seq}`}`,
    ],
    [
      'order',
      `${formatCount(agent.gaps)} gaps, ${formatCount(agent.missing)} missing, ${formatCount(agent.reorders)} came late`,
    ],
    [
      'last seen',
      `${agent.last_seen}, ${spellDuration(agent.idle_s * 1_000)} ago (#${agent.seq}, ${agent.kind})`,
    ],
    ['first seen', agent.first_seen],
    [
      'expected',
      `each ${spellDuration(agent.expected_interval_s * 1_000)}, from ${expectedFrom[agent.expected_from]}`,
    ],
    ['heartbeat', agent.last_heartbeat ?? 'none'],
    ...toLease(agent),
  ]
}

/** Nothing of an agent that never registered. */
function toLease({ at, lease_expires_at, installation_id, platform }: AgentDocument): Pair[] {
  const pairs: Pair[] = []
  if (lease_expires_at !== null) {
    const left_ms = Date.parse(lease_expires_at) - Date.parse(at)
    const left = left_ms > 0 ? `${spellDuration(left_ms)} left` : `over for ${spellDuration(-left_ms)}`
    pairs.push(['lease', `until ${lease_expires_at}, ${left}`])
  }
  if (installation_id !== null) pairs.push(['installation', installation_id])
  if (platform !== null)
    pairs.push([
      'platform',
      Object.entries(platform)
        .map(([name, value]) => (name === 'type' ? `${value}` : `${name} ${value}`))
        .join('  '),
    ])
  return pairs
}

const expectedFrom = {
  heartbeat: 'its heartbeats',
  rhythm: 'its own rhythm',
  default: 'the default',
} as const

const toMetadata = ({ metadata }: AgentDocument): Pair[] =>
  Object.entries(metadata).map(([key, value]) => [key, toText(value)])

const toText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

const toPairs = (pairs: Pair[], cells: number): string =>
  indent(formatTable(pairColumns, pairs, cells - 2, { heading: false }))

const pairColumns: Column<Pair>[] = [
  { name: 'name', value: ([name]) => name, shrinks: true },
  { name: 'text', value: ([, text]) => text, shrinks: true },
]

const toEvents = (events: BeaconEvent[], cells: number): string =>
  indent(formatTable(eventColumns, events, cells - 2, { heading: false }))

const eventColumns: Column<BeaconEvent>[] = [
  { name: 'received_at', value: (event) => `${event.received_at.slice(11, 23)}Z` },
  { name: 'seq', value: (event) => `#${event.seq}` },
  { name: 'kind', value: (event) => event.kind },
  { name: 'status', value: (event) => event.status, shrinks: true },
  {
    name: 'task',
    value: ({ metadata }) => (typeof metadata.task === 'string' ? metadata.task : ''),
    shrinks: true,
  },
  { name: 'text', value: (event) => summarizeMetadata(JSON.stringify(event.metadata)), shrinks: true },
]

const indent = (lines: string): string => lines.replace(/^(?=.)/gm, '  ')

const section = (title: string, lines: string): string => (lines === '' ? '' : `${title}\n${lines}`)
