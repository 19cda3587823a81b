// `beacon tail`: events as they come, the archive first.

import { BeaconError } from '../core/errors.ts'
import { parseWhole } from '../core/whole.ts'
import { defineCommand, flag, option } from './command-spec.ts'
import {
  agentOption,
  kindOption,
  makeEventFilter,
  statusOption,
  timeOptions,
  whereOption,
} from './event-filter.ts'

const linesOnTerminal = 10

export const tailCommand = defineCommand({
  name: 'tail',
  group: 'watch',
  summary: 'follow events: the archive first, then live',
  description:
    'Prints what the archive holds and goes on with the stream from the exact next sequence: no gap and no repeat.\n\n' +
    'On a terminal it begins with the last 10 matches, into a pipe with everything: a pipe loses nothing. Give -n or --since for another start.\n\n' +
    'A slow reader is waited for. While the daemon is away, tail waits and goes on where it was.',
  options: {
    agent: agentOption,
    status: statusOption,
    kind: kindOption,
    where: whereOption,
    ...timeOptions,
    last: option({
      flags: '-n, --last',
      metavar: 'N',
      help: 'Begin with the last N matches.',
      parse: parseWhole(0),
    }),
    'no-follow': flag({ flags: '--no-follow', help: 'End with what is there now.' }),
  },
  examples: [
    { command: 'beacon tail --agent agent-001', explains: 'one agent' },
    {
      command: 'beacon tail --where "status:error !meta.task:planning" --since 10m',
      explains: 'errors of the last ten minutes, then new ones',
    },
    {
      command: 'beacon tail --no-follow -o jsonl > events.jsonl',
      explains: 'everything there is, as stored',
    },
  ],
  async run(context) {
    const { options, home, io, signal, now } = context
    const matches = makeEventFilter(options)
    const [{ tail }, { ArchiveReader }, { makeEventPrinter }, { connectDaemon }] = await Promise.all([
      import('../daemon/archive/tail.ts'),
      import('../daemon/archive/archive-reader.ts'),
      import('./print-events.ts'),
      import('./connect-daemon.ts'),
    ])
    const follow = !options['no-follow'] && (options.until === undefined || options.until > now())
    if (follow && context.output === 'json') {
      throw new BeaconError('usage', 'a document cannot follow', { hint: 'Use -o jsonl, or --no-follow.' })
    }
    const unreachable = { error: undefined as BeaconError | undefined }
    const nc = await connectDaemon(context, 'reader', 'beacon-tail').catch((error: unknown) => {
      if (!(error instanceof BeaconError && error.code === 'daemon_unreachable')) throw error
      unreachable.error = error
      return undefined
    })
    const reader = new ArchiveReader(home.archive)
    if (!nc && !reader.cursor()) throw unreachable.error
    const last = options.last ?? (io.isTty && options.since === undefined ? linesOnTerminal : undefined)
    try {
      const printer = await makeEventPrinter(context)
      const items = tail({
        dir: home.archive,
        reader,
        nc,
        follow,
        matches,
        signal,
        ...(options.agent === undefined ? {} : { agent: options.agent }),
        ...(options.since === undefined ? {} : { since_ms: options.since }),
        ...(options.until === undefined ? {} : { until_ms: options.until }),
        ...(last === undefined ? {} : { last }),
      })
      for await (const chunk of items) await printer.print(chunk)
      await printer.end()
      if (follow && unreachable.error) throw unreachable.error
      if (unreachable.error) io.note('The daemon is not running: this is what the archive holds.')
    } finally {
      await reader.close()
      await nc?.close()
    }
  },
})
