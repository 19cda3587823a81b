// `beacon gateway`: scales ingest while the daemon runs.

import type { ServiceStatus } from '../core/status.ts'
import type { CommandContext } from './command-context.ts'
import { argument, defineCommand } from './command-spec.ts'
import { columns } from './daemon-status-text.ts'
import { printRows } from './output.ts'

const lsCommand = defineCommand({
  name: 'ls',
  summary: 'list the gateways',
  description: 'Prints each gateway with its process.',
  examples: [{ explains: 'list them', command: 'beacon gateway ls' }],
  run: (context) => ask(context, 'ls'),
})

const addCommand = defineCommand({
  name: 'add',
  summary: 'add a gateway, and wait until it accepts',
  description:
    'The gateways share the HTTP door. The number is not kept over a restart of the daemon: set `gateways` for that.',
  examples: [{ explains: 'one more', command: 'beacon gateway add' }],
  run: (context) => ask(context, 'add'),
})

const rmCommand = defineCommand({
  name: 'rm',
  summary: 'remove a gateway, after it has answered everything',
  description: 'Without a name the youngest goes. The last one cannot be removed.',
  arguments: { instance: argument({ metavar: 'GATEWAY', help: 'Such as gateway-2.' }) },
  examples: [{ explains: 'the second one', command: 'beacon gateway rm gateway-2' }],
  run: (context) => ask(context, 'rm', context.args.instance),
})

export const gatewayCommand = defineCommand({
  name: 'gateway',
  group: 'instance',
  summary: 'list, add and remove gateways while the daemon runs',
  description: 'A gateway is a process that takes in events.',
  examples: [],
  subcommands: [lsCommand, addCommand, rmCommand],
})

async function ask(
  context: Pick<CommandContext, 'home' | 'nats' | 'output' | 'io'>,
  verb: 'ls' | 'add' | 'rm',
  instance?: string,
): Promise<void> {
  const [{ connectDaemon, toSupervisor }, { requestGateways }] = await Promise.all([
    import('./connect-daemon.ts'),
    import('../client/supervisor-client.ts'),
  ])
  const nc = await connectDaemon(context, 'operator', 'beacon-gateway')
  try {
    const { gateways } = await requestGateways(toSupervisor(context, nc), verb, instance)
    await printRows<ServiceStatus>(context, gateways, { name: 'gateways', columns })
  } finally {
    await nc.close()
  }
}
