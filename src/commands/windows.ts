// `beacon windows`: the bars that are open, as they fill up.

import type { NatsConnection } from '@nats-io/nats-core'
import type { WindowDocument, WindowsDocument } from '../core/bar-report.ts'
import { BeaconError } from '../core/errors.ts'
import { shortId, toBeats, windowColumns } from './bars-table.ts'
import type { CommandContext } from './command-context.ts'
import { argument, defineCommand } from './command-spec.ts'
import { parseWindow } from './parse-window.ts'

const client = () => import('../client/bars-client.ts')

export const windowsCommand = defineCommand({
  name: 'windows',
  group: 'watch',
  summary: 'show the bars that are open, as they fill up',
  description:
    'One line a bar, oldest first: the present one, those before it that claims may still come for, and the next when claims came a beat early. How many agents reported in it and in the bar before, and by their last states what they do.\n\n' +
    'With WINDOW one bar in full, with what would be reported of it now; of one that is over, its last report. The first digits of its id are enough.',
  arguments: {
    window: argument({
      metavar: 'WINDOW',
      help: 'The id of a window, or its beginning.',
      parse: parseWindow,
    }),
  },
  examples: [
    { command: 'beacon windows', explains: 'what is open' },
    { command: 'beacon windows 3f2a', explains: 'one bar, with the issues so far' },
    { command: 'beacon windows -o json', explains: 'for a program' },
  ],
  exitCodes: { 3: 'no window is open, or no such window was reported' },
  async run(context) {
    const { connectDaemon } = await import('./connect-daemon.ts')
    const nc = await connectDaemon(context, 'reader', 'beacon-windows')
    try {
      if (context.args.window === undefined)
        await printWindows(context, await (await client()).fetchWindows(nc))
      else await printWindow(context, await findWindow(nc, context.args.window))
    } finally {
      await nc.close()
    }
  },
})

async function printWindows(
  context: CommandContext,
  { windows, cluster_id, at }: WindowsDocument,
): Promise<void> {
  const { printRows } = await import('./output.ts')
  const forPeople = context.output === 'table' || context.output === 'wide'
  if (windows.length > 0 || !forPeople)
    await printRows(context, windows, {
      name: 'windows',
      columns: windowColumns,
      document: { cluster_id, at },
    })
  if (windows.length === 0)
    throw new BeaconError('not_found', 'no window is open', {
      hint: 'One opens with the first beat: `beacon beat` tells whether the pulse beats. `beacon bars` lists what was reported.',
    })
}

async function printWindow(context: CommandContext, document: WindowDocument): Promise<void> {
  const [{ printDocument }, { toBarPage }] = await Promise.all([
    import('./output.ts'),
    import('./bar-page.ts'),
  ])
  const { io, output } = context
  const cells = io.isTty && output === 'table' ? io.columns : Number.POSITIVE_INFINITY
  const { schema: _, ...fields } = document
  await printDocument(context, fields, {
    name: 'window',
    text: () => toBarPage(document.report, document.window, cells),
  })
}

/** The open one whose id begins so, else the last report of such a one. Throws usage when several begin so, and not_found. */
async function findWindow(nc: NatsConnection, id: string): Promise<WindowDocument> {
  const { fetchWindow, fetchWindows } = await client()
  const open = (await fetchWindows(nc)).windows.filter(({ window_id }) => window_id.startsWith(id))
  if (open.length > 1) {
    const several = open.map((bar) => `${shortId(bar.window_id)} (${toBeats(bar)})`).join(', ')
    throw new BeaconError('usage', `'${id}' begins the ids of ${open.length} open windows: ${several}`, {
      hint: 'Write more of it.',
    })
  }
  try {
    return await fetchWindow(nc, open[0]?.window_id ?? id)
  } catch (error) {
    if (!(error instanceof BeaconError && error.code === 'not_found')) throw error
    throw new BeaconError('not_found', `no window '${id}' is open or was reported`, {
      hint: '`beacon windows` lists those that are open, `beacon bars` those that were reported.',
    })
  }
}
