// Prints events as they come, in the format that was asked for; a slow reader slows the source.

import { cutToWidth, displayWidth } from '../core/display-width.ts'
import { escapeControl } from '../core/escape.ts'
import type { BeaconEvent, Json } from '../core/event.ts'
import { parseEventLine, toPrintedLine } from '../core/event-line.ts'
import type { CommandContext } from './command-context.ts'
import { csvLine } from './output.ts'

/** An event as the archive and the stream hold it. */
export type StoredEvent = { seq: number; line: Buffer }

export type EventPrinter = {
  print(events: StoredEvent[]): Promise<void>
  /** Ends the document, where the format has an end. */
  end(): Promise<void>
}

export async function makeEventPrinter({
  output,
  io,
}: Pick<CommandContext, 'output' | 'io'>): Promise<EventPrinter> {
  const write = (text: string): Promise<void> => (text === '' ? Promise.resolve() : io.write(text))
  const nothing = async (): Promise<void> => undefined
  const each = (toText: (event: StoredEvent) => string) => (events: StoredEvent[]) =>
    write(events.map(toText).join(''))
  switch (output) {
    case 'jsonl':
      return {
        print: each(({ seq, line }) => `${toPrintedLine(line.toString('utf8'), seq)}\n`),
        end: nothing,
      }
    case 'json': {
      let separator = '\n'
      await write('{"schema":"beacon.events.v1","events":[')
      return {
        print: each(({ seq, line }) => {
          const text = `${separator}${toPrintedLine(line.toString('utf8'), seq)}`
          separator = ',\n'
          return text
        }),
        end: () => write('\n]}\n'),
      }
    }
    case 'csv':
      await write(csvLine(csvColumns))
      return { print: each((event) => csvLine(toCsvCells(parse(event)))), end: nothing }
    case 'table':
    case 'wide': {
      const cells = io.isTty && output === 'table' ? io.columns : Number.POSITIVE_INFINITY
      const layout = makeLayout(cells, output === 'wide')
      return { print: each((event) => layout(parse(event))), end: nothing }
    }
  }
}

const parse = ({ seq, line }: StoredEvent): BeaconEvent => parseEventLine(line.toString('utf8'), seq)

const csvColumns = [
  'seq',
  'received_at',
  'timestamp',
  'kind',
  'agent_id',
  'status',
  'agent_seq',
  'run',
  'metadata',
]

const toCsvCells = (event: BeaconEvent) => [
  event.seq,
  event.received_at,
  event.timestamp,
  event.kind,
  event.agent_id,
  event.status,
  event.agent_seq,
  event.run,
  JSON.stringify(event.metadata),
]

const agentCells_min = 12
const agentCells_max = 32
const statusCells = 10

/** One line per event: time, agent, status, what else it says. The agent column grows to the longest id seen. */
function makeLayout(cells: number, wide: boolean): (event: BeaconEvent) => string {
  let agentCells = agentCells_min
  return (event) => {
    const agent = cutToWidth(escapeControl(event.agent_id), wide ? Number.MAX_SAFE_INTEGER : agentCells_max)
    agentCells = Math.max(agentCells, displayWidth(agent))
    const time = wide ? event.received_at : event.received_at.slice(11, 23)
    const parts = [time, pad(agent, agentCells), pad(escapeControl(event.status), statusCells)]
    if (wide) parts.splice(1, 0, String(event.seq).padStart(8), event.kind.padEnd(9))
    else if (event.kind !== 'state') parts.push(event.kind)
    const details = Object.entries(event.metadata).map(
      ([key, value]) => `${escapeControl(key)}=${toDetail(value)}`,
    )
    const text = `${parts.join('  ')}  ${details.join(' ')}`.trimEnd()
    return `${cells === Number.POSITIVE_INFINITY ? text : cutToWidth(text, cells)}\n`
  }
}

const pad = (text: string, cells: number): string =>
  text + ' '.repeat(Math.max(0, cells - displayWidth(text)))

const toDetail = (value: Json): string =>
  escapeControl(typeof value === 'string' ? value : JSON.stringify(value))
