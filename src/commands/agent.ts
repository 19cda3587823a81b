// `beacon agent`: one agent, and why Beacon thinks of it what it thinks.

import type { NatsConnection } from '@nats-io/nats-core'
import type { AgentDocument } from '../core/agent-document.ts'
import { parseTime } from '../core/duration.ts'
import { BeaconError } from '../core/errors.ts'
import type { BeaconEvent } from '../core/event.ts'
import type { EventsRequest } from '../core/history.ts'
import { parseWhole } from '../core/whole.ts'
import { toAgentPage } from './agent-page.ts'
import { argument, defineCommand, option } from './command-spec.ts'
import { printDocument } from './output.ts'

const historian = () => import('../client/history-client.ts')

export const agentCommand = defineCommand({
  name: 'agent',
  group: 'watch',
  summary: 'show one agent, and why it is as it is',
  description:
    'Its state, the reasons for it with the sequences of the events behind them, its numbers, the metadata of its last event, and its last events.\n\n' +
    '`beacon query --agent ID` and `beacon history ID` print its events; #123 is an event by its sequence. Times are UTC.',
  arguments: { id: argument({ metavar: 'ID', help: 'The agent.', required: true }) },
  options: {
    at: option({
      flags: '--at',
      metavar: 'TIME',
      help: 'The agent as it was: RFC 3339, or 10m for ten minutes ago.',
      parse: parseTime,
    }),
    events: option({
      flags: '-n, --events',
      metavar: 'N',
      help: 'Show its last N events.',
      parse: parseWhole(0, 1_000),
      default: '10',
    }),
  },
  examples: [
    { command: 'beacon agent agent-001', explains: 'how it is, and why' },
    { command: 'beacon agent agent-001 --at 10m', explains: 'how it was ten minutes ago' },
    { command: 'beacon agent agent-001 -o json', explains: 'for a program; the last events are in recent' },
  ],
  exitCodes: { 3: 'no such agent was heard of' },
  async run(context) {
    const { args, options, io } = context
    const { connectDaemon } = await import('./connect-daemon.ts')
    const nc = await connectDaemon(context, 'reader', 'beacon-agent')
    try {
      const agent = await readAgent(nc, args.id, options.at)
      const recent = await readRecent(nc, agent, options)
      const clocks = await readClocks(nc, agent, recent.events ?? [])
      const { schema: _, ...document } = agent
      const cells = io.isTty && context.output === 'table' ? io.columns : Number.POSITIVE_INFINITY
      await printDocument(
        context,
        { ...document, recent: recent.events },
        { name: 'agent', text: () => toAgentPage({ agent, recent: recent.events, clocks }, cells) },
      )
      if (recent.events === null) io.note(`Its events are not shown: ${recent.reason}.`)
    } finally {
      await nc.close()
    }
  },
})

/** Throws not_found, with the id that was most likely meant. */
async function readAgent(nc: NatsConnection, id: string, at_ms: number | undefined): Promise<AgentDocument> {
  try {
    if (at_ms !== undefined) return await (await historian()).fetchAgentAt(nc, { agent: id, at_ms })
    const { fetchAgent } = await import('../client/view-client.ts')
    return await fetchAgent(nc, id)
  } catch (error) {
    if (!(error instanceof BeaconError && error.code === 'not_found')) throw error
    const { nearestAgent } = await import('./nearest-agent.ts')
    const meant = await nearestAgent(nc, id)
    const when = at_ms === undefined ? '' : ` by ${new Date(at_ms).toISOString()}`
    throw new BeaconError('not_found', `no agent '${id}' was heard of${when}`, {
      hint:
        meant === undefined
          ? 'beacon agents'
          : `Did you mean ${meant}? \`beacon agents --where TEXT\` finds ids that hold a text.`,
    })
  }
}

/** The last events, oldest first. */
async function readRecent(
  nc: NatsConnection,
  { agent_id, seq }: AgentDocument,
  { events: limit, at }: { events: number; at: number | undefined },
): Promise<Asked> {
  if (limit === 0) return { events: [] }
  const until = at === undefined ? {} : { to_seq: seq }
  return await askHistorian(nc, { agent: agent_id, limit, last: true, ...until })
}

/** When the events behind the reasons came, as far as that is known. */
async function readClocks(
  nc: NatsConnection,
  agent: AgentDocument,
  recent: BeaconEvent[],
): Promise<Map<number, string>> {
  const clocks = new Map([
    [agent.status_seq, agent.status_since],
    [agent.seq, agent.last_seen],
    ...recent.map((event): [number, string] => [event.seq, event.received_at]),
  ])
  const missing = agent.reasons.flatMap(({ seq }) => (seq === null || clocks.has(seq) ? [] : [seq]))
  const asked = missing.map((seq) => askHistorian(nc, { from_seq: seq, to_seq: seq, limit: 1 }))
  for (const { events } of await Promise.all(asked))
    for (const event of events ?? []) clocks.set(event.seq, event.received_at)
  return clocks
}

type Asked = { events: BeaconEvent[] } | { events: null; reason: string }

/** Without the historian a page says less, but it is there. */
async function askHistorian(nc: NatsConnection, request: EventsRequest): Promise<Asked> {
  try {
    return { events: (await (await historian()).fetchEvents(nc, request)).events }
  } catch (error) {
    if (error instanceof BeaconError) return { events: null, reason: error.detail }
    throw error
  }
}
