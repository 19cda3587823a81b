// `beacon resume`: paused agents go on.

import { defineCommand } from './command-spec.ts'
import { runControl } from './control-command.ts'
import { controlArguments, controlExitCodes, controlOptions } from './control-options.ts'

export const resumeCommand = defineCommand({
  name: 'resume',
  group: 'control',
  summary: 'let paused agents go on',
  description:
    'Each agent is told at once and confirms. One that was killed stays so: it is started anew by whoever runs it.\n\n' +
    'Before more than one agent it asks for their number.',
  arguments: controlArguments,
  options: controlOptions,
  examples: [
    { command: 'beacon resume agent-001 --reason "was looked at"', explains: 'one agent' },
    {
      command: "beacon resume --where status:paused --reason 'freeze is over'",
      explains: 'all that are paused',
    },
  ],
  exitCodes: controlExitCodes,
  run: (context) => runControl(context, { command: 'resume' }),
})
