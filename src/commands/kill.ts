// `beacon kill`: ends agents, and shows that they ended.

import { parseDuration } from '../core/duration.ts'
import { defineCommand, flag, option } from './command-spec.ts'
import { runControl } from './control-command.ts'
import { controlArguments, controlExitCodes, controlOptions } from './control-options.ts'

export const killCommand = defineCommand({
  name: 'kill',
  group: 'control',
  summary: 'end agents, and see that they ended',
  description:
    'Each agent is told at once and shown on its way: requested, delivered, acknowledged, gone, with the time of each step. It cannot be undone: a process that was ended so does not come back with its credentials. What it did stays in the archive.\n\n' +
    'Before more than one agent it asks for their number. An agent that does not answer in time keeps its order, and gets it when it calls in. Who ended whom, and why, is read back with `beacon query kind:command`.\n\n' +
    'A process under `beacon run` gets SIGTERM, and SIGKILL after --grace. An agent that never registered can only be told over NATS.',
  arguments: controlArguments,
  options: {
    ...controlOptions,
    revoke: flag({ flags: '--revoke', help: 'End their tokens too: for agents that are not to be trusted.' }),
    grace: option({
      flags: '--grace',
      metavar: 'DURATION',
      help: 'How long an agent has to end by itself, before it is ended by force.',
      parse: parseDuration,
      default: '3s',
    }),
  },
  examples: [
    { command: 'beacon kill agent-001 --reason "spends too much"', explains: 'one agent' },
    {
      command: "beacon kill --where 'role:crawler errors>10' --reason 'runs wild' --dry-run",
      explains: 'whom that would meet',
    },
    { command: "beacon kill --all --revoke --reason 'keys leaked' --yes", explains: 'the kill switch' },
  ],
  exitCodes: controlExitCodes,
  run: (context) =>
    runControl(context, {
      command: context.options.revoke ? 'revoke' : 'terminate',
      grace_ms: context.options.grace,
    }),
})
