// Starts the daemon of a home in the background and waits until it is ready, or says why it is not.

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type DaemonRecord, readDaemonRecord } from '../../client/endpoints.ts'
import { BeaconError } from '../../core/errors.ts'
import { type Home, toHome } from '../home.ts'
import { daemonLogFile } from '../log.ts'
import type { FromSupervisor, ToSupervisor } from '../supervisor-main.ts'
import { getText, parseHostPort } from './http-address.ts'
import { lockHolder } from './lock.ts'
import { prepareFolders } from './prepare-folders.ts'
import { readEndOfLog } from './read-end-of-log.ts'

export type StartOptions = Omit<ToSupervisor, 'home_root'> & {
  home: Home
  timeout_ms?: number
}

export type StartResult = {
  /** A daemon of this home was running before. */
  already: boolean
  daemon: DaemonRecord
  /** What the user should know, such as another port than the configured one. */
  notes: string[]
  elapsed_ms: number
}

const entry = fileURLToPath(new URL(`../supervisor-main${extname(import.meta.url)}`, import.meta.url))

export async function startDaemon({ timeout_ms = 30_000, ...options }: StartOptions): Promise<StartResult> {
  const began = performance.now()
  const end = began + timeout_ms
  const elapsed = (): number => Math.round(performance.now() - began)
  const home = toHome(resolve(options.home.root))
  prepareFolders(home)
  if (lockHolder(home.run))
    return { already: true, daemon: await joinDaemon(home, end), notes: [], elapsed_ms: elapsed() }
  const child = spawnSupervisor(home, options.exec_argv ?? process.execArgv)
  try {
    const { home: _, ...rest } = options
    const { daemon, notes } = await outcome(child, { ...rest, home_root: home.root }, home, end)
    await answersReady(daemon, end)
    return { already: false, daemon, notes, elapsed_ms: elapsed() }
  } catch (error) {
    // Somebody else was faster: that daemon is as good.
    if (error instanceof BeaconError && error.code === 'home_locked' && lockHolder(home.run))
      return { already: true, daemon: await joinDaemon(home, end), notes: [], elapsed_ms: elapsed() }
    throw error
  } finally {
    if (child.connected) child.disconnect()
    child.unref()
  }
}

/** A session of its own: neither the terminal's Ctrl-C nor its end reaches the daemon. */
function spawnSupervisor(home: Home, execArgv: string[]): ChildProcess {
  const log = openSync(daemonLogFile(home.logs), 'a', 0o644)
  try {
    return spawn(process.execPath, [...execArgv, entry, home.root], {
      cwd: home.root,
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    })
  } finally {
    closeSync(log)
  }
}

async function outcome(
  child: ChildProcess,
  options: ToSupervisor,
  home: Home,
  end: number,
): Promise<{ daemon: DaemonRecord; notes: string[] }> {
  const timer = new AbortController()
  try {
    return await new Promise((resolvePromise, reject) => {
      child.once('error', (error) => reject(failed(home, error.message)))
      child.once('exit', (code, signal) =>
        reject(failed(home, `it ${signal ? `was ended by ${signal}` : `ended with code ${code}`}`)),
      )
      child.on('message', (message: FromSupervisor) => {
        if (message.type === 'ready') return resolvePromise(message)
        const { code, detail, hint } = message.problem
        reject(new BeaconError(code, detail, { hint }))
      })
      child.send(options)
      void sleep(end - performance.now(), undefined, { signal: timer.signal })
        .then(() => reject(failed(home, 'it was not ready in time; it goes on trying')))
        .catch(() => {})
    })
  } finally {
    timer.abort()
  }
}

const failed = (home: Home, reason: string): BeaconError =>
  new BeaconError('daemon_failed', `${reason}\n${readEndOfLog(daemonLogFile(home.logs))}`.trimEnd())

/** The running daemon of this home, once it is ready: it may be starting this very moment. */
async function joinDaemon(home: Home, end: number): Promise<DaemonRecord> {
  let daemon = readDaemonRecord(home)
  while (daemon?.pid !== lockHolder(home.run)?.pid) {
    if (performance.now() > end || !lockHolder(home.run))
      throw failed(home, 'another process was starting the daemon of this home and did not get it ready')
    await sleep(20)
    daemon = readDaemonRecord(home)
  }
  if (!daemon) throw failed(home, 'the daemon ended meanwhile')
  await answersReady(daemon, end)
  return daemon
}

/** The truth is the door itself: ready is what GET /ready says. */
async function answersReady(daemon: DaemonRecord, end: number): Promise<void> {
  let answer: { status: number; text: string } | undefined
  do {
    answer = await getText(parseHostPort(daemon.http), '/ready', 1_000)
    if (answer?.status === 200) return
    await sleep(20)
  } while (performance.now() < end)
  throw new BeaconError(
    'daemon_failed',
    `it runs (pid ${daemon.pid}) but is not ready: ${answer ? answer.text : `nobody answers at ${daemon.http}`}`,
  )
}
