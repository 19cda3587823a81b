// What the archive's tests share: a folder of their own, a writer in it, and programs run as processes of their own.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { openArchiveWriter } from '../../../src/daemon/archive/archive-writer.ts'
import { Environment, type Put, type Remove } from '../../../src/daemon/archive/environment.ts'
import type { ArchiveWriterOptions } from '../../../src/daemon/archive/writer-options.ts'
import { day_ms, start_ms } from './make-events.ts'

export function makeFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'beacon-archive-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export function openWriter(dir: string, options: Partial<ArchiveWriterOptions> = {}) {
  return openArchiveWriter({
    dir,
    batch: 500,
    retention_ms: 30 * day_ms,
    now: () => start_ms + day_ms - 1,
    ...options,
  })
}

/** Changes a partition behind the archive's back. */
export async function tamper(
  dir: string,
  partition: string,
  change: (environment: Environment, put: Put, remove: Remove) => void,
): Promise<void> {
  const environment = new Environment(dir, partition, 'write')
  environment.commit((put, remove) => change(environment, put, remove))
  await environment.close()
}

/** A copy with one bit flipped. */
export function flip(bytes: Buffer, at = Math.floor(bytes.length / 2)): Buffer {
  const flipped = Buffer.from(bytes)
  flipped[at] = (flipped[at] as number) ^ 0x10
  return flipped
}

export type Program = { child: ChildProcess; lines: AsyncIterator<string>; kill(): Promise<void> }

/** Runs one of the programs in this folder. */
export function runProgram(name: string, ...args: string[]): Program {
  const path = fileURLToPath(new URL(name, import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  onTestFinished(kill)
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](), kill }
}
