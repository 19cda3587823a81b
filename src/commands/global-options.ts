// Options that every command takes, before or after its name.

import { outputFormats } from './command-context.ts'
import { flag, type OptionSpec, option } from './command-spec.ts'

export const globalOptions = {
  home: option({
    flags: '--home',
    metavar: 'DIR',
    help: 'Folder of the instance (BEACON_HOME; default: beacon in the XDG state folder).',
    complete: 'folder',
  }),
  nats: option({ flags: '--nats', metavar: 'URL', help: 'An external NATS (NATS_URL).' }),
  output: option({
    flags: '-o, --output',
    metavar: 'FORMAT',
    choices: outputFormats,
    help: 'table, wide, json, jsonl or csv (BEACON_OUTPUT; default: table).',
  }),
  noColor: flag({ flags: '--no-color', help: 'No colours (NO_COLOR; also when stdout is no terminal).' }),
  quiet: flag({ flags: '-q, --quiet', help: 'Only data and errors.' }),
  verbose: flag({ flags: '-v, --verbose', help: 'More on stderr; stack traces of bugs.' }),
  help: flag({ flags: '--help', help: 'Show the help of the command.' }),
  version: flag({ flags: '--version', help: 'Show the version.' }),
} as const satisfies Record<string, OptionSpec>

export type GlobalName = keyof typeof globalOptions
