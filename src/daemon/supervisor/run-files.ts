// What the supervisor writes down for others: where it can be reached, and how its services are.

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DaemonRecord } from '../../client/endpoints.ts'
import { BeaconError } from '../../core/errors.ts'
import type { StatusDocument } from '../../core/status.ts'
import { writeFileAtomic } from '../write-file-atomic.ts'
import type { ProcessId } from './process-table.ts'

export type Phase = 'starting' | 'running' | 'stopping'

/** state.json: the last known status, and the processes that must be gone before another daemon may start. */
export type StateRecord = {
  schema: 'beacon.state.v1'
  written_at: string
  pid: number
  phase: Phase
  status: StatusDocument
  children: ProcessId[]
}

const daemonFile = (run: string): string => join(run, 'daemon.json')
const stateFile = (run: string): string => join(run, 'state.json')

export function writeDaemonRecord(run: string, record: DaemonRecord): void {
  writeFileAtomic(daemonFile(run), `${JSON.stringify(record, null, 2)}\n`)
}

export function removeDaemonRecord(run: string): void {
  rmSync(daemonFile(run), { force: true })
}

export function writeState(run: string, state: StateRecord): void {
  writeFileAtomic(stateFile(run), `${JSON.stringify(state)}\n`)
}

/** Undefined when there is none. Throws when it is broken: it names processes that may still write to this home. */
export function readState(run: string): StateRecord | undefined {
  const file = stateFile(run)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new BeaconError('home_unusable', `${file} cannot be read: ${(error as Error).message}`)
  }
  try {
    const state = JSON.parse(text) as StateRecord
    if (Array.isArray(state.children) && typeof state.status === 'object') return state
  } catch {
    // Answered below.
  }
  throw new BeaconError('home_unusable', `${file} is broken`, {
    hint: `If no process of this home runs, delete ${file} and start again.`,
  })
}
