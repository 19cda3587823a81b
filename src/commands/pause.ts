// `beacon pause`: agents take on nothing new until they are resumed.

import { defineCommand } from './command-spec.ts'
import { runControl } from './control-command.ts'
import { controlArguments, controlExitCodes, controlOptions } from './control-options.ts'

export const pauseCommand = defineCommand({
  name: 'pause',
  group: 'control',
  summary: 'make agents take on no new tasks',
  description:
    'Each agent is told at once and confirms. It finishes what it has begun and goes on calling in; `beacon resume` lets it go on. A pause holds over restarts of the agent.\n\n' +
    'Before more than one agent it asks for their number. An agent that does not answer in time keeps its order, and gets it when it calls in.',
  arguments: controlArguments,
  options: controlOptions,
  examples: [
    { command: 'beacon pause agent-001 --reason "looks odd"', explains: 'one agent' },
    { command: "beacon pause --where role:deployer --reason 'release freeze'", explains: 'all of a role' },
  ],
  exitCodes: controlExitCodes,
  run: (context) => runControl(context, { command: 'pause' }),
})
