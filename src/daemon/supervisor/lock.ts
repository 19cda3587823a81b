// One daemon per home: run/daemon.lock names the process that holds it.

import { randomUUID } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BeaconError } from '../../core/errors.ts'
import { isAlive, ownProcessId, type ProcessId } from './process-table.ts'

type Holder = ProcessId & { nonce: string }

export type Lock = { release(): void }

export const lockFile = (run: string): string => join(run, 'daemon.lock')

/** Takes the lock or throws home_locked, naming who holds it. */
export async function acquireLock(run: string): Promise<Lock> {
  const file = lockFile(run)
  await acquire(file)
  return { release: () => rmSync(file, { force: true }) }
}

/** The live holder of the lock, if any. */
export function lockHolder(run: string): ProcessId | undefined {
  const holder = readHolder(lockFile(run))
  return holder && isAlive(holder) ? holder : undefined
}

/**
 * The file appears by link(2) with its content in it, so nobody ever reads half a lock. A dead holder's file is replaced
 * only by who holds the ticket made for exactly that file (its nonce), and only while the file is still that one: of two
 * racers one gets the ticket, and a late one finds the nonce changed. The ticket is a lock of the same kind.
 */
async function acquire(file: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (createWith(file, (draft) => linkSync(draft, file))) return
    const holder = readHolder(file)
    if (!holder) continue
    if (isAlive(holder)) throw lockedBy(file, holder)
    const ticket = `${file}.${holder.nonce}`
    try {
      await acquire(ticket)
    } catch {
      await sleep(10)
      continue
    }
    try {
      if (readHolder(file)?.nonce !== holder.nonce) continue
      createWith(file, (draft) => renameSync(draft, file))
      return
    } finally {
      rmSync(ticket, { force: true })
    }
  }
  throw new BeaconError('home_locked', `others keep taking ${file}; try again`)
}

/** Writes a draft that names this process and puts it in place; false if the place is occupied. */
function createWith(file: string, place: (draft: string) => void): boolean {
  const draft = `${file}.${randomUUID()}.draft`
  try {
    mkdirSync(dirname(file), { recursive: true })
    const fd = openSync(draft, 'wx', 0o644)
    try {
      writeSync(fd, JSON.stringify({ ...ownProcessId(), nonce: randomUUID() } satisfies Holder))
      // An empty lock after a power cut could not be told from a broken one.
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    place(draft)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw new BeaconError('home_unusable', `${file} cannot be written: ${(error as Error).message}`, {
      cause: error,
    })
  } finally {
    rmSync(draft, { force: true })
  }
}

function readHolder(file: string): Holder | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new BeaconError('home_unusable', `${file} cannot be read: ${(error as Error).message}`)
  }
  try {
    const { pid, started, nonce } = JSON.parse(text) as Holder
    if (
      Number.isSafeInteger(pid) &&
      typeof nonce === 'string' &&
      (started === null || typeof started === 'string')
    )
      return { pid, started, nonce }
  } catch {
    // Answered below.
  }
  throw new BeaconError('home_unusable', `the lock file ${file} is broken`, {
    hint: `If no daemon of this home runs, delete ${file} and start again.`,
  })
}

const lockedBy = (file: string, holder: Holder): BeaconError =>
  new BeaconError('home_locked', `the process ${holder.pid} holds ${file}`)
