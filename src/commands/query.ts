// `beacon query`: events of the archive that match an expression.

import { parseWhole } from '../core/whole.ts'
import { argument, defineCommand, option } from './command-spec.ts'
import { agentOption, timeOptions } from './event-filter.ts'
import { printArchive } from './print-archive.ts'

export const queryCommand = defineCommand({
  name: 'query',
  group: 'watch',
  summary: 'print the events that match',
  description:
    'Oldest first. Works with the daemon stopped; with the daemon running it includes what is not archived yet.\n\nThe terms of an expression are joined by and: field:value, field:~regex, field>number, !term, or bare text, which is looked for in agent id and status.',
  arguments: { expression: argument({ metavar: 'EXPR', help: 'What must match.', many: true }) },
  options: {
    agent: agentOption,
    ...timeOptions,
    last: option({ flags: '-n, --last', metavar: 'N', help: 'Only the last N.', parse: parseWhole(0) }),
  },
  examples: [
    { command: 'beacon query status:error --since 1h', explains: 'the errors of the last hour' },
    { command: 'beacon query kind:lifecycle -o csv', explains: 'for a spreadsheet' },
  ],
  exitCodes: { 3: 'nothing matched' },
  run: (context) =>
    printArchive(context, { where: (context.args.expression ?? []).join(' '), ...context.options }),
})
