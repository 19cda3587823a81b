// Reads the daemon's log: its newest lines, and what follows, across the change to a new file.

import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { BeaconError } from '../core/errors.ts'
import { daemonLogFile } from '../daemon/log.ts'
import type { CommandContext } from './command-context.ts'
import { formatLogLine } from './daemon-log-line.ts'

const look_ms = 200

export async function printLog(
  { home, io, output, signal }: CommandContext,
  { follow, lines }: { follow: boolean; lines: number },
): Promise<void> {
  const file = daemonLogFile(home.logs)
  const asWritten = output === 'json' || output === 'jsonl'
  const print = async (each: string[]): Promise<void> => {
    const texts = asWritten ? each : each.map((line) => formatLogLine(line, output === 'wide'))
    if (texts.length > 0) await io.write(`${texts.join('\n')}\n`)
  }
  const current = await openLog(file)
  if (!current) throw new BeaconError('not_found', `no daemon has written a log in ${home.logs} yet`)
  const log = follower(current, file)
  try {
    const newest = await log.read()
    const older = newest.length < lines ? await readOlder(`${file}.1`) : []
    // slice(-0) would be everything.
    await print([...older, ...newest].slice(-lines || Number.MAX_SAFE_INTEGER))
    while (follow && !signal.aborted) {
      await sleep(look_ms, undefined, { signal }).catch(() => {})
      await print(await log.read())
    }
  } finally {
    await log.close()
  }
}

type Follower = { read(): Promise<string[]>; close(): Promise<void> }

/** `read` gives the complete lines written since the last time. */
function follower(first: FileHandle, file: string): Follower {
  let handle = first
  let rest = ''
  const readRest = async (): Promise<string[]> => {
    const lines = (rest + (await handle.readFile('utf8'))).split('\n')
    rest = lines.pop() ?? ''
    return lines
  }
  return {
    async read() {
      const lines = await readRest()
      const next = await openLog(file)
      if (!next) return lines
      const isSame = (await next.stat()).ino === (await handle.stat()).ino
      if (isSame) {
        await next.close()
        return lines
      }
      // Renamed away meanwhile: what was still written to the old file comes first.
      const last = await readRest()
      await handle.close()
      handle = next
      return [...lines, ...last, ...(await readRest())]
    },
    close: () => handle.close(),
  }
}

async function openLog(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function readOlder(file: string): Promise<string[]> {
  const handle = await openLog(file)
  if (!handle) return []
  try {
    return (await handle.readFile('utf8')).trimEnd().split('\n')
  } finally {
    await handle.close()
  }
}
