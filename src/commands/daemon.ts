// `beacon daemon`: starts, stops and shows the daemon of a home.

import { settings, toFlagName } from '../core/config-table.ts'
import { parseWhole } from '../core/whole.ts'
import { type CommandSpec, defineCommand, flag, type OptionSpec, option } from './command-spec.ts'
import { printDocument } from './output.ts'

/** The flags of the settings, as the table makes them; `nats` is a global option already. */
const settingOptions: Record<string, OptionSpec> = Object.fromEntries(
  settings
    .filter(({ key }) => key !== 'nats')
    .map((setting) => [
      `setting_${setting.key}`,
      {
        flags: toFlagName(setting.key),
        metavar: setting.metavar,
        help: `${setting.help.replace(/\.$/, '')} (${setting.default}).`,
        setting: setting.key,
        parse: setting.parse,
        ...(setting.choices ? { choices: setting.choices } : {}),
      },
    ]),
)

const startCommand = defineCommand({
  name: 'start',
  summary: 'start it, and wait until it is ready',
  description:
    'Starts nats-server (unless --nats names one), the gateways, the archiver, the aggregator, the pulse and the historian in the background, and returns when they accept events, or says why they do not. Starting a daemon that already runs changes nothing and is no failure.\n\nDefaults stand in parentheses; BEACON_ variables and config.toml change them.',
  options: {
    ...settingOptions,
    foreground: flag({
      flags: '--foreground',
      help: 'Stay in this terminal and print the log; Ctrl-C stops.',
    }),
  },
  examples: [
    { explains: 'start with the settings of the home', command: 'beacon daemon start' },
    {
      explains: 'a second instance beside the first',
      command: 'beacon daemon start --home /tmp/other --http 127.0.0.1:0',
    },
  ],
  async run(context) {
    const { startInBackground, runInForeground } = await import('./daemon-start.ts')
    if (context.options.foreground) return await runInForeground(context)
    await startInBackground(context, context.flags)
    return 0
  },
})

const stopCommand = defineCommand({
  name: 'stop',
  summary: 'stop it, and wait until everything is flushed',
  description: 'Answers what was accepted, archives it, and ends. Without a daemon there is nothing to do.',
  examples: [{ explains: 'stop the daemon of the home', command: 'beacon daemon stop' }],
  async run(context) {
    const { stopDaemon } = await import('../daemon/supervisor/stop-daemon.ts')
    const { already, pid, leftovers, elapsed_ms } = await stopDaemon({ home: context.home })
    const cleared = leftovers > 0 ? `; ${leftovers} processes of a killed one were ended` : ''
    await printDocument(
      context,
      { already, pid, leftovers, elapsed_ms },
      {
        name: 'stop',
        text: () =>
          already ? `No daemon was running${cleared}\n` : `Stopped (pid ${pid}, ${elapsed_ms} ms)\n`,
      },
    )
  },
})

const restartCommand = defineCommand({
  name: 'restart',
  summary: 'stop it and start it again',
  description: 'Starts with the flags of the last start; flags given now win over those.',
  options: settingOptions,
  examples: [{ explains: 'with another number of gateways', command: 'beacon daemon restart --gateways 2' }],
  async run(context) {
    const { readLastFlags, startInBackground } = await import('./daemon-start.ts')
    const { stopDaemon } = await import('../daemon/supervisor/stop-daemon.ts')
    const flags = { ...readLastFlags(context.home), ...context.flags }
    await stopDaemon({ home: context.home })
    await startInBackground(context, flags)
  },
})

const statusCommand = defineCommand({
  name: 'status',
  summary: 'show each service, the durability profile and the books',
  description:
    'Every accepted event is in exactly one place: accepted = archived + duplicate + quarantined + in flight. Services report once a second.',
  examples: [{ explains: 'for a script', command: 'beacon daemon status -o json' }],
  exitCodes: { 0: 'ready', 1: 'running, but not ready', 4: 'no daemon runs' },
  async run(context) {
    const { daemonStatus } = await import('../daemon/supervisor/daemon-status.ts')
    const { printStatus } = await import('./daemon-status-text.ts')
    const status = await daemonStatus({ home: context.home })
    await printStatus(context, status)
    return status.ready ? 0 : 1
  },
})

const logsCommand = defineCommand({
  name: 'logs',
  summary: 'print the log of the daemon and its services',
  description:
    'The newest lines, oldest first. -o jsonl prints them as they were written; -o wide adds stack traces.',
  options: {
    follow: flag({ flags: '-f, --follow', help: 'Go on with what is written from now on.' }),
    lines: option({
      flags: '-n',
      metavar: 'N',
      help: 'How many lines.',
      default: '100',
      parse: parseWhole(0),
    }),
  },
  examples: [{ explains: 'watch it', command: 'beacon daemon logs -f' }],
  async run(context) {
    const { printLog } = await import('./daemon-log.ts')
    await printLog(context, context.options)
  },
})

export const daemonCommand: CommandSpec = defineCommand({
  name: 'daemon',
  group: 'instance',
  summary: 'start, stop and show the daemon of a home',
  description:
    'The daemon of a home is a supervisor with its services: nats-server, gateways, archiver, aggregator, pulse and historian. Two homes are two independent instances.',
  examples: [],
  subcommands: [startCommand, stopCommand, restartCommand, statusCommand, logsCommand],
})
