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
import { readState } from './run-files.ts'

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

type Outcome = Omit<StartResult, 'elapsed_ms'> | undefined

const entry = fileURLToPath(new URL(`../supervisor-main${extname(import.meta.url)}`, import.meta.url))

export async function startDaemon({ timeout_ms = 30_000, ...options }: StartOptions): Promise<StartResult> {
  const began = performance.now()
  const end = began + timeout_ms
  const home = toHome(resolve(options.home.root))
  prepareFolders(home)
  for (;;) {
    const running = await joinDaemon(home, end)
    const started = running ?? (await launch(home, options, end))
    if (started) return { ...started, elapsed_ms: Math.round(performance.now() - began) }
  }
}

/** Undefined when somebody else was faster. */
async function launch(home: Home, options: Omit<StartOptions, 'timeout_ms'>, end: number): Promise<Outcome> {
  const child = spawnSupervisor(home, options.exec_argv ?? process.execArgv)
  try {
    const { home: _, ...rest } = options
    const { daemon, notes } = await outcome(child, { ...rest, home_root: home.root }, home, end)
    await answersReady(daemon, end)
    return { already: false, daemon, notes }
  } catch (error) {
    if (error instanceof BeaconError && error.code === 'home_locked') return undefined
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

/**
 * The daemon that runs in this home, undefined when none does. One that is starting is waited for, and one that is
 * stopping too: afterwards there is none.
 */
async function joinDaemon(home: Home, end: number): Promise<Outcome> {
  for (let holder = lockHolder(home.run); holder; holder = lockHolder(home.run)) {
    const daemon = readDaemonRecord(home)
    const state = readState(home.run)
    if (daemon?.pid === holder.pid && state?.pid === holder.pid && state.phase === 'running')
      return { already: true, daemon, notes: state.status.not_ready_reasons }
    if (performance.now() > end)
      throw failed(home, `the process ${holder.pid} holds this home and is ${state?.phase ?? 'starting'}`)
    await sleep(20)
  }
  return undefined
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
