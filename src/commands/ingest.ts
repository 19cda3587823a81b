// `beacon ingest`: NDJSON from a file or a pipe.

import { BeaconError } from '../core/errors.ts'
import { argument, defineCommand } from './command-spec.ts'

export const ingestCommand = defineCommand({
  name: 'ingest',
  group: 'send',
  summary: 'send events from NDJSON, a file or a pipe',
  description:
    'Reads one event per line and sends them in order, in batches. Bad lines are reported with their numbers and hold back no good one.\n\n' +
    'Events without agent_seq are numbered per agent in a run of their own, so that a batch sent again after a broken connection is stored once.\n\n' +
    'While Beacon refuses or is away, it goes on trying for 30 seconds.',
  arguments: {
    file: argument({
      metavar: 'FILE',
      help: 'A file of NDJSON; - or nothing reads standard input.',
      default: '-',
      complete: 'file',
    }),
  },
  examples: [
    { command: 'beacon ingest events.ndjson', explains: 'A file.' },
    { command: 'my-agents | beacon ingest', explains: 'Whatever a program prints.' },
  ],
  exitCodes: { 1: 'some lines were rejected' },
  async run({ args, io, output, home, nats, signal }) {
    const [
      { sendEvents },
      { ingestLines },
      { connectDaemon },
      { createReadStream },
      { createInterface },
      { randomUUID },
    ] = await Promise.all([
      import('../client/ingest-client.ts'),
      import('../client/ingest-lines.ts'),
      import('./connect-daemon.ts'),
      import('node:fs'),
      import('node:readline'),
      import('node:crypto'),
    ])
    const input = args.file === '-' ? io.stdin : createReadStream(args.file)
    const nc = await connectDaemon({ home, nats }, 'agent', 'beacon-ingest')
    const abort = (): void => void input.destroy()
    signal.addEventListener('abort', abort, { once: true })
    try {
      const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
      const inputFailed = new Promise<never>((_resolve, reject) => {
        input.once('error', (error: Error) =>
          reject(new BeaconError('usage', `${args.file}: ${error.message}`)),
        )
      })
      const totals = await Promise.race([
        ingestLines(lines, {
          send: (body) => sendEvents(nc, body, 'application/x-ndjson'),
          run: `ingest-${randomUUID().slice(0, 8)}`,
          signal,
          onProgress: ({ accepted, rejected }) => {
            if (io.stderr.isTTY)
              io.stderr.write(
                `\r${accepted.toLocaleString('en')} accepted, ${rejected.toLocaleString('en')} rejected`,
              )
          },
        }),
        inputFailed,
      ])
      if (io.stderr.isTTY) io.stderr.write('\r\u001b[K')
      for (const { line, field, message } of totals.errors)
        io.note(`line ${line}: ${field ? `${field}: ` : ''}${message}`)
      await io.write(
        output === 'json' || output === 'jsonl'
          ? `${JSON.stringify({ schema: 'beacon.ingest.v1', ...totals })}\n`
          : `${totals.accepted} accepted, ${totals.rejected} rejected\n`,
      )
      return totals.rejected > 0 ? 1 : 0
    } finally {
      signal.removeEventListener('abort', abort)
      await nc.close()
    }
  },
})
