// Makes the process of a service: gateways as cluster workers, the others as plain children.

import { type ChildProcess, fork } from 'node:child_process'
import cluster from 'node:cluster'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DaemonLog } from '../log.ts'
import type { ServiceName } from '../service.ts'

/** The same code runs from the sources and from dist. */
const entry = fileURLToPath(new URL(`../service-main${extname(import.meta.url)}`, import.meta.url))

/**
 * Services make much garbage and keep little. Left alone, V8 lets the young generation grow until a service takes
 * 340 MB; with half of it they stay below 300 MB at the same rate (docs/performance.md).
 */
const youngGeneration = '--max-semi-space-size=16'

/**
 * Gateways share one listening socket. With SCHED_NONE the primary only holds it and never accepts, so no request passes
 * through the supervisor. SO_REUSEPORT would need no primary, but then two daemons of one user would share a port in silence.
 */
export function forkService(
  name: ServiceName,
  instance: string,
  nodeArgs: string[],
  log: DaemonLog,
): ChildProcess {
  const execArgv = [...nodeArgs, youngGeneration]
  const child =
    name === 'gateway'
      ? forkWorker(instance, execArgv)
      : fork(entry, [instance], { execArgv, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  if (child.stdout) log.follow(child.stdout, instance)
  if (child.stderr) log.follow(child.stderr, instance)
  return child
}

function forkWorker(instance: string, execArgv: string[]): ChildProcess {
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.setupPrimary({ exec: entry, args: [instance], execArgv, silent: true })
  return cluster.fork().process
}
