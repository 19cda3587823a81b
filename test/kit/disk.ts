// A disk of a test's own, whose power can be cut: an ext4 image on a loop device (needs root), or a small tmpfs.
//
// What was never fsynced is not in the image file, which is what a pulled plug leaves behind. So: stop every process
// that writes there, copy the image, kill the processes, mount the copy.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from '../../src/daemon/supervisor/process-table.ts'

export type TestDisk = {
  /** Where it is mounted. */
  path: string
  /** Freezes the processes, takes the image as the plug would leave it, kills them, and mounts that image in place. */
  cutPower(pids: number[]): void
  dispose(): void
}

/** Why this machine cannot do it, or undefined when it can. */
export function whyNoDisk(kind: 'ext4' | 'tmpfs'): string | undefined {
  if (process.getuid?.() !== 0) return 'not root: may not mount'
  try {
    makeDisk(kind, kind === 'ext4' ? 16 : 1).dispose()
    return undefined
  } catch (error) {
    return `mounting is not permitted here: ${error instanceof Error ? error.message.split('\n')[0] : error}`
  }
}

export function makeDisk(kind: 'ext4' | 'tmpfs', megabytes: number): TestDisk {
  const dir = mkdtempSync(join(tmpdir(), 'beacon-disk-'))
  const path = join(dir, 'mnt')
  const image = join(dir, 'disk.img')
  mkdirSync(path)
  try {
    if (kind === 'tmpfs') {
      run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path)
    } else {
      run('truncate', '-s', `${megabytes}M`, image)
      run('mkfs.ext4', '-q', '-F', image)
      run('mount', '-o', 'loop', image, path)
    }
  } catch (error) {
    rmSync(dir, { recursive: true, force: true })
    throw error
  }
  return {
    path,
    cutPower(pids) {
      for (const pid of pids) process.kill(pid, 'SIGSTOP')
      const copy = join(dir, 'after-the-cut.img')
      run('cp', '--sparse=always', image, copy)
      for (const pid of pids) process.kill(pid, 'SIGKILL')
      for (const pid of pids) waitGone(pid)
      unmount(path)
      run('mv', copy, image)
      run('mount', '-o', 'loop', image, path)
    },
    dispose() {
      unmount(path)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function waitGone(pid: number): void {
  for (let i = 0; i < 1_000 && isAlive({ pid, started: null }); i++) {
    pause(5)
  }
}

/** The last thread of a killed process may still be on its way out when the process counts as dead. */
function unmount(path: string): void {
  for (let attempt = 0; ; attempt++) {
    try {
      run('umount', path)
      return
    } catch (error) {
      if (attempt === 100) throw error
      pause(50)
    }
  }
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
