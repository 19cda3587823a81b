// `beacon top`: the fleet, full screen and live; without a terminal one plain snapshot.

import type { NatsConnection } from '@nats-io/nats-core'
import { BeaconError } from '../core/errors.ts'
import { parseExpression } from '../core/expression.ts'
import type { CommandContext } from './command-context.ts'
import { defineCommand, flag, option } from './command-spec.ts'

const role = 'reader'
/** Agents of a snapshot for people, and for programs. */
const rows = { text: 30, json: 500 }

export const topCommand = defineCommand({
  name: 'top',
  group: 'watch',
  summary: 'Watch the fleet live, full screen',
  description:
    'Shows totals, rates, lag, the books, the agents by last seen and the newest events, ten times a second.\n\n' +
    'Without a terminal, and with --once, it prints one plain snapshot; `-o json` makes that a document for programs.',
  options: {
    where: option({ flags: '--where', metavar: 'EXPR', help: 'Only agents that match the expression.' }),
    once: flag({ flags: '--once', help: 'Print one plain snapshot and end.' }),
  },
  examples: [
    { command: 'beacon top', explains: 'The live screen; q quits, ? shows the keys.' },
    { command: 'beacon top --once -o json', explains: 'One snapshot for a program.' },
  ],
  async run(context) {
    const { options, outputGiven, io } = context
    const where = checkExpression(options.where ?? '')
    const { connectDaemon } = await import('./connect-daemon.ts')
    const nc = await connectDaemon(context, role, 'beacon-top')
    try {
      if (options.once || outputGiven || !io.isTty || !io.stdin.isTTY) await printSnapshot(nc, context, where)
      else await showScreen(nc, context, where)
    } finally {
      await nc.close()
    }
  },
})

function checkExpression(text: string): string {
  const expression = parseExpression(text, { fields: 'agent' })
  if (expression.ok) return text
  throw new BeaconError('expression_invalid', `${text}: ${expression.error.message}`)
}

async function printSnapshot(
  nc: NatsConnection,
  { output, io }: Pick<CommandContext, 'output' | 'io'>,
  where: string,
): Promise<void> {
  const [{ fetchFrame }, { requestStatus }, { toSnapshot, toSnapshotText }] = await Promise.all([
    import('../client/view-client.ts'),
    import('../client/supervisor-client.ts'),
    import('../tui/snapshot.ts'),
  ])
  const people = output === 'table' || output === 'wide'
  const size = people ? { limit: rows.text, newest: 10 } : { limit: rows.json, newest: 50 }
  const [frame, status] = await Promise.all([
    fetchFrame(nc, { ...size, where }),
    requestStatus(nc, 1_000).catch(() => null),
  ])
  if (people) return await io.write(toSnapshotText(frame, status))
  const document = toSnapshot(frame, status)
  await io.write(`${output === 'jsonl' ? JSON.stringify(document) : JSON.stringify(document, null, 2)}\n`)
}

async function showScreen(
  nc: NatsConnection,
  { io, signal }: Pick<CommandContext, 'io' | 'signal'>,
  where: string,
): Promise<void> {
  // React's development build costs a quarter more and keeps measurements of every frame.
  process.env.NODE_ENV ??= 'production'
  const [{ runTop }, { makeTopPorts }] = await Promise.all([
    import('../tui/run-top.tsx'),
    import('./top-ports.ts'),
  ])
  await runTop({
    ports: makeTopPorts(nc, role),
    stdin: io.stdin,
    stdout: io.stdout,
    color: io.color,
    place: { where },
    signal,
  })
}
