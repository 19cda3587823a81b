// Starts the daemon of a home with its settings, in the background or in this terminal.

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DaemonRecord } from '../client/endpoints.ts'
import type { Home } from '../daemon/home.ts'
import type { SupervisorOptions } from '../daemon/supervisor/run-supervisor.ts'
import { writeFileAtomic } from '../daemon/write-file-atomic.ts'
import type { CommandContext } from './command-context.ts'
import { formatLogLine } from './daemon-log-line.ts'
import { findServer } from './find-server.ts'
import { loadConfig } from './load-config.ts'
import { printDocument } from './output.ts'
import { signalCodes } from './signals.ts'
import { version } from './version.ts'

type StartFields = Pick<SupervisorOptions, 'config' | 'http_explicit' | 'nats_server' | 'version'>

export async function startInBackground(
  context: CommandContext,
  flags: Record<string, string>,
): Promise<void> {
  const { startDaemon } = await import('../daemon/supervisor/start-daemon.ts')
  const { home, io } = context
  const result = await startDaemon({ home, ...(await toStart(context, flags)) })
  if (!result.already) writeLastFlags(home, flags)
  for (const note of result.notes) io.note(note)
  if (result.already && Object.keys(context.flags).length > 0)
    io.note('It keeps the settings that it runs with; `beacon daemon restart` takes new ones.')
  const { already, elapsed_ms, daemon } = result
  await printDocument(
    context,
    { ...daemon, home: home.root, already, elapsed_ms },
    {
      name: 'daemon',
      text: () => toText(daemon, home, already ? 'already running' : `ready after ${elapsed_ms} ms`),
    },
  )
}

/** Until Ctrl-C or SIGTERM, or until another terminal stops it. */
export async function runInForeground(context: CommandContext): Promise<number> {
  const { home, io } = context
  const { daemonStatus } = await import('../daemon/supervisor/daemon-status.ts')
  const running = await daemonStatus({ home }).catch(() => undefined)
  if (running) {
    io.note(`A daemon already runs in ${home.root} (pid ${running.pid}, http://${running.http}).`)
    return 0
  }
  const { runUntilSignalled } = await import('../daemon/supervisor/run-until-signalled.ts')
  const start = await toStart(context, context.flags)
  // The supervisor knows what a second Ctrl-C may cut short.
  context.releaseSignals()
  const by = await runUntilSignalled({
    ...start,
    home,
    // On demand: only a new stream asks.
    archiveCursorSeq: async () =>
      (await import('../daemon/archive/archive-cursor-seq.ts')).archiveCursorSeq(home),
    echo: (line) => io.note(formatLogLine(line.trimEnd(), false)),
    onReady: (daemon, notes) => {
      writeLastFlags(home, context.flags)
      for (const note of notes) io.note(note)
      void io.write(toText(daemon, home, 'ready'))
    },
  })
  return by === 'SIGINT' || by === 'SIGTERM' ? signalCodes[by] : 0
}

async function toStart(context: CommandContext, flags: Record<string, string>): Promise<StartFields> {
  const loaded = await loadConfig(context.home, context.env, flags)
  if (!loaded.ok) throw loaded.error
  const { config, entries } = loaded.value
  const http_explicit = entries.some((entry) => entry.key === 'http' && entry.origin !== 'default')
  const nats_server = config.nats === null ? await findServer(context) : null
  return { config, http_explicit, nats_server, version: version() }
}

const toText = (daemon: DaemonRecord, home: Home, state: string): string =>
  `beacon ${daemon.version} ${state} (pid ${daemon.pid}, ${daemon.profile})\n` +
  `  http  http://${daemon.http}\n  nats  nats://${daemon.nats}\n  home  ${home.root}\n`

// Flags stand nowhere else: without this file a restart would fall back to other settings.
const flagsFile = (home: Home): string => join(home.run, 'start-flags.json')

function writeLastFlags(home: Home, flags: Record<string, string>): void {
  mkdirSync(home.run, { recursive: true })
  writeFileAtomic(flagsFile(home), `${JSON.stringify(flags)}\n`)
}

/** Setting flags of the last start, by key. */
export function readLastFlags(home: Home): Record<string, string> {
  try {
    const flags: unknown = JSON.parse(readFileSync(flagsFile(home), 'utf8'))
    return typeof flags === 'object' && flags !== null ? (flags as Record<string, string>) : {}
  } catch {
    return {}
  }
}
