// `beacon emit`: one event, durable when it returns.

import { BeaconError } from '../core/errors.ts'
import type { Json, Metadata } from '../core/event.ts'
import { err, ok, type Result } from '../core/result.ts'
import { defineCommand, option } from './command-spec.ts'

type Pair = { key: string; value: Json }

/** `k=v`: v is JSON where it reads as a number, a boolean, null, an object or an array, else text. */
function parsePair(text: string): Result<Pair, string> {
  const at = text.indexOf('=')
  if (at < 1) return err('is no pair: write key=value')
  const raw = text.slice(at + 1)
  return ok({ key: text.slice(0, at), value: parseLoose(raw) })
}

function parseLoose(raw: string): Json {
  try {
    return JSON.parse(raw) as Json
  } catch {
    return raw
  }
}

export const emitCommand = defineCommand({
  name: 'emit',
  group: 'send',
  summary: 'send one event and wait until it is durable',
  description:
    'Sends one event of an agent and returns when it is stored under the promise of the profile. Prints its sequence.\n\n' +
    'Nothing is sent again by itself: when this fails, nothing is promised.',
  options: {
    agent: option({ flags: '--agent', metavar: 'ID', help: 'The agent, 1 to 256 bytes.', required: true }),
    status: option({
      flags: '--status',
      metavar: 'S',
      help: 'Its status, 1 to 64 characters.',
      required: true,
    }),
    kind: option({
      flags: '--kind',
      metavar: 'KIND',
      help: 'The kind of event.',
      choices: ['state', 'heartbeat', 'lifecycle', 'log'],
      default: 'state',
    }),
    timestamp: option({
      flags: '--timestamp',
      metavar: 'TIME',
      help: 'When it happened, RFC 3339. Default: when Beacon receives it.',
    }),
    meta: option({
      flags: '--meta',
      metavar: 'K=V',
      help: 'A field of the metadata; may be repeated. V is read as JSON where it is JSON.',
      many: true,
      parse: parsePair,
    }),
  },
  examples: [
    {
      command: 'beacon emit --agent agent-001 --status running --meta task=web_search',
      explains: 'One state change.',
    },
    {
      command: 'beacon emit --agent agent-001 --status waiting --meta \'limits={"tokens":1000}\'',
      explains: 'With structured metadata.',
    },
  ],
  async run({ options, io, output, home, nats }) {
    const [{ sendEvents }, { connectDaemon }] = await Promise.all([
      import('../client/ingest-client.ts'),
      import('./connect-daemon.ts'),
    ])
    const metadata: Metadata = Object.fromEntries((options.meta ?? []).map(({ key, value }) => [key, value]))
    const body = {
      agent_id: options.agent,
      status: options.status,
      kind: options.kind,
      ...(options.timestamp === undefined ? {} : { timestamp: options.timestamp }),
      metadata,
    }
    const nc = await connectDaemon({ home, nats }, 'agent', 'beacon-emit')
    try {
      const answer = await sendEvents(nc, JSON.stringify(body), 'application/json')
      const [first] = answer.errors
      if (first) throw new BeaconError('event_invalid', `${first.field}: ${first.message}`)
      await io.write(
        output === 'json' || output === 'jsonl'
          ? `${JSON.stringify({ schema: 'beacon.emit.v1', status: 'accepted', seq: answer.seq })}\n`
          : `${answer.seq}\n`,
      )
    } finally {
      await nc.close()
    }
  },
})
