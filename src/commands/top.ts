// `beacon top`: the fleet, full screen and live; without a terminal one plain snapshot.

import { basename } from 'node:path'
import type { NatsConnection } from '@nats-io/nats-core'
import type { ClientRole } from '../client/endpoints.ts'
import type { SupervisorAddress } from '../client/supervisor-client.ts'
import type { FleetFrame } from '../core/view.ts'
import type { Moment } from '../tui/model.ts'
import { parseMoment } from '../tui/moment.ts'
import type { BarsPicture } from '../tui/snapshot.ts'
import { type ThemeName, themeNames } from '../tui/themes.ts'
import type { ViewName } from '../tui/view-names.ts'
import type { CommandContext } from './command-context.ts'
import { defineCommand, flag, option } from './command-spec.ts'
import { readExpression } from './read-expression.ts'

/** Complete by its type; the views themselves are loaded only by the screen. */
const views = Object.keys({
  fleet: 0,
  feed: 0,
  agent: 0,
  attention: 0,
  services: 0,
  charts: 0,
  bars: 0,
  control: 0,
} satisfies Record<ViewName, 0>) as ViewName[]

export const topCommand = defineCommand({
  name: 'top',
  group: 'watch',
  summary: 'Watch the fleet live, full screen',
  description:
    'Shows the fleet, the events, who needs a person, the services, charts and commands, ten times a second; ? shows the keys, and t goes back in time.\n\n' +
    'Without a terminal, and with --once, it prints one plain snapshot; `-o json` makes that a document for programs.',
  options: {
    view: option({ flags: '--view', metavar: 'NAME', help: 'The view to begin with.', choices: views }),
    where: option({ flags: '--where', metavar: 'EXPR', help: 'Only agents that match the expression.' }),
    at: option({
      flags: '--at',
      metavar: 'TIME',
      help: 'The fleet as it was: 10m ago, 12:41:03, RFC 3339, or #SEQ for an event.',
      parse: parseMoment,
    }),
    once: flag({ flags: '--once', help: 'Print one plain snapshot and end.' }),
    readonly: flag({
      flags: '--readonly',
      help: 'Without the actions that change anything, and without the right to them.',
    }),
    theme: option({
      flags: '--theme',
      metavar: 'NAME',
      help: 'How it looks; T changes it.',
      choices: themeNames,
    }),
    ascii: flag({ flags: '--ascii', help: 'Only ASCII characters.' }),
    noMouse: flag({ flags: '--no-mouse', help: 'Leave the mouse to the terminal; m changes it.' }),
  },
  examples: [
    { command: 'beacon top', explains: 'The live screen; q quits, ? shows the keys.' },
    { command: 'beacon top --view attention', explains: 'Who needs a person, the most urgent first.' },
    { command: 'beacon top --at 10m', explains: 'The fleet as it was ten minutes ago.' },
    { command: 'beacon top --once -o json', explains: 'One snapshot for a program.' },
  ],
  async run(context) {
    const { options, outputGiven, io } = context
    const { where = '', view = 'fleet', at = null } = options
    readExpression(where, 'agent')
    const { connectDaemon, toCluster, toSupervisor } = await import('./connect-daemon.ts')
    const plain = options.once || outputGiven || !io.isTty || !io.stdin.isTTY
    // Whoever only looks has not even the right to do more.
    const role: ClientRole = plain || options.readonly ? 'reader' : 'operator'
    const nc = await connectDaemon(context, role, 'beacon-top')
    const source = { supervisor: toSupervisor(context, nc), cluster: toCluster(context), role }
    try {
      await (plain
        ? printSnapshot(source, context, { view, where, at })
        : showScreen(source, context, { ...options, view, where, at }))
    } finally {
      await nc.close()
    }
  },
})

/** The daemon and the swarm that are shown. */
type Source = { supervisor: SupervisorAddress; cluster: string; role: ClientRole }
type Start = { view: ViewName; where: string; at: Moment | null }
type Looks = { theme?: ThemeName | undefined; ascii: boolean; noMouse: boolean; readonly: boolean }

async function printSnapshot(
  { supervisor, cluster }: Source,
  { output, io }: Pick<CommandContext, 'output' | 'io'>,
  { view, where, at }: Start,
): Promise<void> {
  const [{ requestStatus }, { toSnapshot }, { toSnapshotQuery }, { toSnapshotText }] = await Promise.all([
    import('../client/supervisor-client.ts'),
    import('../tui/snapshot.ts'),
    import('../tui/snapshot-query.ts'),
    import('../tui/snapshot-text.ts'),
  ])
  const { nc } = supervisor
  const people = output === 'table' || output === 'wide'
  const [frame, status, bars, commands] = await Promise.all([
    fetchAt(nc, { ...toSnapshotQuery(view, people), where }, at),
    requestStatus(supervisor, 1_000).catch(() => null),
    view === 'bars' ? fetchBarsAt(nc, cluster, at) : null,
    view === 'control' ? (await import('../client/commands-client.ts')).fetchCommands(nc) : null,
  ])
  if (people) return await io.write(toSnapshotText(frame, status, view, bars, commands))
  const document = toSnapshot(frame, status, view, bars, commands)
  await io.write(`${output === 'jsonl' ? JSON.stringify(document) : JSON.stringify(document, null, 2)}\n`)
}

async function fetchAt(nc: NatsConnection, query: object, at: Moment | null): Promise<FleetFrame> {
  if (at === null) return await (await import('../client/view-client.ts')).fetchFrame(nc, query)
  const { fetchFleetAt } = await import('../client/history-client.ts')
  const { body, at_ms } = await fetchFleetAt(nc, { ...at, query })
  return {
    ...body,
    at_ms,
    schema: 'beacon.view.frame.v1',
    type: 'frame',
    view: 'past',
    frame: 0,
    coalesced: 0,
  }
}

/** The last reports up to the moment; of the past no pulse is known. */
async function fetchBarsAt(nc: NatsConnection, cluster: string, at: Moment | null): Promise<BarsPicture> {
  const [{ fetchPulse }, { fetchBars }] = await Promise.all([
    import('../client/pulse-client.ts'),
    import('../client/bars-client.ts'),
  ])
  const upTo = at === null ? {} : 'seq' in at ? { to_seq: at.seq } : { until_ms: at.at_ms }
  const [pulse, { bars }] = await Promise.all([
    at === null ? fetchPulse(nc, cluster).catch(() => null) : null,
    fetchBars(nc, upTo),
  ])
  return { pulse, bars }
}

async function showScreen(
  { supervisor, cluster, role }: Source,
  context: Pick<CommandContext, 'io' | 'env' | 'home' | 'signal' | 'config' | 'nats'>,
  { view, where, at, theme, ascii, noMouse, readonly }: Start & Looks,
): Promise<void> {
  const { io, env, home, signal } = context
  // React's development build costs a quarter more and keeps measurements of every frame.
  process.env.NODE_ENV ??= 'production'
  const [{ runTop }, { makeTopPorts }, { readTopMemory, writeTopMemory }] = await Promise.all([
    import('../tui/run-top.tsx'),
    import('./top-ports.ts'),
    import('./top-memory.ts'),
  ])
  await runTop({
    ports: makeTopPorts(supervisor, {
      role,
      cluster,
      remember: (memory) => writeTopMemory(home, memory),
    }),
    stdin: io.stdin,
    stdout: io.stdout,
    color: io.color,
    level: env.terminal.level,
    ascii: ascii || env.terminal.ascii,
    place: { view, where },
    memory: {
      ...readTopMemory(home),
      ...(theme === undefined ? {} : { theme }),
      ...(noMouse ? { mouse: false } : {}),
    },
    readonly,
    name: nameOf(context),
    ...(at === null ? {} : { moment: at }),
    signal,
  })
}

/** The swarm by its name, else the home by its folder; nothing where neither says more than the program's name. */
function nameOf({ config, home, nats }: Pick<CommandContext, 'config' | 'home' | 'nats'>): string {
  if (config.cluster !== 'beacon') return config.cluster
  const folder = basename(home.root)
  return nats !== null || folder === 'beacon' ? '' : folder
}
