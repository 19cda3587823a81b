// The built program as a user runs it: `beacon('config show', { home })` gives its exit code and what it printed.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const bin = fileURLToPath(new URL('../../bin/beacon.js', import.meta.url))

export type RunOptions = {
  home?: string
  /** Added to a bare environment; BEACON_ and XDG variables of the developer never get in. */
  env?: Record<string, string>
  stdin?: string
  cwd?: string
}
export type Ran = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }

/** Runs to the end. Words are split at spaces when given as one text. */
export async function beacon(args: string | string[], options: RunOptions = {}): Promise<Ran> {
  const running = startBeacon(args, options)
  running.child.stdin?.end(options.stdin ?? '')
  return await running.ended
}

export type Running = {
  child: ChildProcess
  ended: Promise<Ran>
  printed(): { stdout: string; stderr: string }
}

/** Starts it and leaves it running; killed at the end of the test if it still is. */
export function startBeacon(args: string | string[], options: RunOptions = {}): Running {
  const words = typeof args === 'string' ? args.split(' ').filter((word) => word !== '') : args
  const child = spawn(process.execPath, [bin, ...words], {
    env: { ...bareEnvironment(), ...(options.home ? { BEACON_HOME: options.home } : {}), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd ? { cwd: options.cwd } : {}),
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  // A program that ended without reading its input is no failure of the test.
  child.stdin?.on('error', () => {})
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  })
  return { child, ended, printed: () => ({ stdout, stderr }) }
}

/** An empty home of its own, removed at the end of the test. Stop its daemon before. */
export function makeHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'beacon-home-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  return home
}

function bareEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'XDG_CACHE_HOME', 'BEACON_NATS_SERVER']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}
