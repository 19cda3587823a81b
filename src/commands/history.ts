// `beacon history`: one agent's events from the archive.

import { parseWhole } from '../core/whole.ts'
import { argument, defineCommand, option } from './command-spec.ts'
import { kindOption, statusOption, timeOptions, whereOption } from './event-filter.ts'
import { printArchive } from './print-archive.ts'

export const historyCommand = defineCommand({
  name: 'history',
  group: 'watch',
  summary: 'print what one agent did',
  description:
    'The events of one agent, oldest first. Works with the daemon stopped; with the daemon running it includes what is not archived yet.',
  arguments: { id: argument({ metavar: 'ID', help: 'The agent.', required: true }) },
  options: {
    status: statusOption,
    kind: kindOption,
    where: whereOption,
    ...timeOptions,
    last: option({ flags: '-n, --last', metavar: 'N', help: 'Only the last N.', parse: parseWhole(0) }),
  },
  examples: [{ command: 'beacon history agent-001 -n 100', explains: 'its last hundred events' }],
  exitCodes: { 3: 'nothing matched' },
  run: (context) => printArchive(context, { agent: context.args.id, ...context.options }),
})
