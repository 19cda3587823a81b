// `beacon config show`: the settings of a home, and where each value came from.

import type { ConfigEntry } from '../core/resolve-config.ts'
import { defineCommand, flag } from './command-spec.ts'
import { type Column, printRows } from './output.ts'

const columns: Column<ConfigEntry>[] = [
  { name: 'key', value: (entry) => entry.key },
  { name: 'value', value: (entry) => entry.value },
]
const origin: Column<ConfigEntry> = { name: 'origin', value: (entry) => entry.origin }

const showCommand = defineCommand({
  name: 'show',
  summary: 'print the settings',
  description:
    'Prints each setting of the home. A flag of `daemon start` wins over a BEACON_ variable, that over config.toml in the home, that over the default. A running daemon keeps the settings that it started with.',
  options: { origin: flag({ flags: '--origin', help: 'Also print where each value came from.' }) },
  examples: [{ explains: 'where each value comes from', command: 'beacon config show --origin' }],
  async run(context) {
    await printRows(context, context.configEntries, {
      name: 'config',
      columns: context.options.origin ? [...columns, origin] : columns,
      json: (entry) => (context.options.origin ? entry : { key: entry.key, value: entry.value }),
    })
  },
})

export const configCommand = defineCommand({
  name: 'config',
  group: 'instance',
  summary: 'print the settings and where they come from',
  description: 'The settings of a home stand in its config.toml, as flat keys.',
  examples: [
    { explains: 'print the settings of another home', command: 'beacon config show --home /tmp/other' },
  ],
  subcommands: [showCommand],
})
