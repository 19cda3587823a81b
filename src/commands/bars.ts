// `beacon bars`: what was reported of each bar, from the archive and the end of the stream; with -f as it comes.

import type { StoredBar } from '../core/bar-report.ts'
import { parseTime } from '../core/duration.ts'
import { BeaconError } from '../core/errors.ts'
import { parseWhole } from '../core/whole.ts'
import { barColumns, shortId, toBeats } from './bars-table.ts'
import type { CommandContext } from './command-context.ts'
import { argument, defineCommand, flag, option } from './command-spec.ts'
import { parseWindow } from './parse-window.ts'

const barsOnTerminal = 20

export const barsCommand = defineCommand({
  name: 'bars',
  group: 'watch',
  summary: 'print what was reported of each bar',
  description:
    'One line a bar, oldest first: its beats, the agents that reported, reviews on time, help given, the drift of the tempo, and what was wrong. A bar whose claims came late has a later revision, which takes the place of the one before.\n\n' +
    'With WINDOW one report in full; the first digits of its id are enough. Works with the daemon stopped; with the daemon running it includes what is not archived yet.\n\n' +
    'On a terminal it begins with the last 20, into a pipe with everything. With -f it goes on with each report as it is stored: no gap and no repeat.',
  arguments: {
    window: argument({
      metavar: 'WINDOW',
      help: 'The id of a window, or its beginning.',
      parse: parseWindow,
    }),
  },
  options: {
    follow: flag({ flags: '-f, --follow', help: 'Go on with each report as it comes.' }),
    last: option({ flags: '-n, --last', metavar: 'N', help: 'Only the last N.', parse: parseWhole(0) }),
    since: option({
      flags: '--since',
      metavar: 'TIME',
      help: 'Issued at or after: RFC 3339, or 10m for ten minutes ago.',
      parse: parseTime,
    }),
    until: option({ flags: '--until', metavar: 'TIME', help: 'Issued at or before.', parse: parseTime }),
    revisions: flag({
      flags: '--revisions',
      help: 'Every revision, rather than the last one of each window.',
    }),
  },
  examples: [
    { command: 'beacon bars', explains: 'the last bars' },
    { command: 'beacon bars -f', explains: 'and each one as it ends' },
    { command: 'beacon bars 3f2a', explains: 'one report with its issues' },
    { command: 'beacon bars --since 1d -o csv > bars.csv', explains: 'a day, for a spreadsheet' },
  ],
  exitCodes: { 3: 'nothing matched' },
  async run(context) {
    const { args, options, home } = context
    if (options.follow && (args.window !== undefined || context.output === 'json'))
      throw new BeaconError(
        'usage',
        args.window === undefined ? 'a document cannot follow' : 'one report cannot follow',
        {
          hint: args.window === undefined ? 'Use -o jsonl.' : 'Leave out -f, or the window.',
        },
      )
    const [{ ArchiveReader }, { connectDaemon }, { BarsTail }] = await Promise.all([
      import('../daemon/archive/archive-reader.ts'),
      import('./connect-daemon.ts'),
      import('../daemon/archive/bars-tail.ts'),
    ])
    let unreachable: BeaconError | undefined
    const nc = await connectDaemon(context, 'reader', 'beacon-bars').catch((error: unknown) => {
      if (!(error instanceof BeaconError && error.code === 'daemon_unreachable')) throw error
      unreachable = error
      return undefined
    })
    const reader = new ArchiveReader(home.archive)
    try {
      if (unreachable && (options.follow || !reader.cursor())) throw unreachable
      const { findReports, followReports } = await import('./find-reports.ts')
      const tail = new BarsTail(reader, nc)
      if (args.window !== undefined)
        return await printReport(context, await findReports(reader, tail, wanted(context)))
      const bars = await findReports(reader, tail, wanted(context))
      if (options.follow && nc) return await followReports(context, nc, tail, bars)
      await printBars(context, bars)
    } finally {
      await reader.close()
      await nc?.close()
    }
  },
})

type Context = CommandContext<
  { window: string | undefined },
  {
    follow: boolean
    last: number | undefined
    since: number | undefined
    until: number | undefined
    revisions: boolean
  }
>

export type WantedBars = {
  window?: string
  since_ms: number
  until_ms: number
  revisions: boolean
  /** At most so many, the last ones. */
  last: number
}

function wanted({ args, options, io, output }: Context): WantedBars {
  const brief = io.isTty && output === 'table' && options.since === undefined && args.window === undefined
  return {
    ...(args.window === undefined ? {} : { window: args.window }),
    since_ms: options.since ?? 0,
    until_ms: options.until ?? Number.MAX_SAFE_INTEGER,
    revisions: options.revisions,
    last: options.last ?? (brief ? barsOnTerminal : Number.POSITIVE_INFINITY),
  }
}

async function printBars(context: Context, bars: StoredBar[]): Promise<void> {
  const { printRows } = await import('./output.ts')
  const forPeople = context.output === 'table' || context.output === 'wide'
  if (bars.length > 0 || !forPeople) await printRows(context, bars, { name: 'bars', columns: barColumns })
  if (bars.length > 0) return
  const { window, since, until } = { ...context.args, ...context.options }
  const what = window === undefined ? 'no bar' : `no window whose id begins with ${window}`
  throw new BeaconError('not_found', `${what} was reported`, {
    hint:
      (window ?? since ?? until) === undefined
        ? 'A bar is reported at its end: `beacon beat` tells when that is, `beacon windows` what is open.'
        : 'Widen the bounds; `beacon windows` shows what is open.',
  })
}

/** One report in full, or all its revisions as a list. */
async function printReport(context: Context, bars: StoredBar[]): Promise<void> {
  const windows = new Map(bars.map((bar) => [bar.window_id, bar]))
  const [last] = windows.values()
  if (windows.size > 1) {
    const several = [...windows.values()]
      .slice(0, 4)
      .map((bar) => `${shortId(bar.window_id)} (${toBeats(bar)})`)
    throw new BeaconError(
      'usage',
      `'${context.args.window}' begins the ids of ${windows.size} windows: ${several.join(', ')}`,
      {
        hint: 'Write more of it; `beacon bars -o wide` shows whole ids.',
      },
    )
  }
  if (!last || context.options.revisions) return await printBars(context, bars)
  const [{ printDocument }, { toBarPage }] = await Promise.all([
    import('./output.ts'),
    import('./bar-page.ts'),
  ])
  const cells = context.io.isTty && context.output === 'table' ? context.io.columns : Number.POSITIVE_INFINITY
  await printDocument(context, last, { name: 'bar', text: () => toBarPage(last, null, cells) })
}
