// Finds a fitting nats-server or fetches one: the routes in their order, each with a short limit, until one serves.

import { resolve } from 'node:path'
import { BeaconError } from '../../core/errors.ts'
import { err, ok } from '../../core/result.ts'
import { toHandInstructions } from './by-hand.ts'
import type { DownloadLimits } from './download.ts'
import type { FindOptions } from './find-nats-server.ts'
import { isStrongest, type NatsServer, type Route, type RouteOutcome } from './nats-server.ts'
import { type Platform, thisPlatform } from './release-archive.ts'
import { fromCache } from './routes/cache.ts'
import { fromDebian } from './routes/debian.ts'
import { fromEnvironment } from './routes/environment.ts'
import { fromPath } from './routes/path.ts'
import { fromRelease } from './routes/release.ts'
import { unfitReason } from './version.ts'

/** `failed` also stands for a server that runs only `fast`: it is kept, but the other routes are asked for a better one. */
export type SetUpStep = { route: Route; ms: number } & (
  | { state: 'trying' }
  | { state: 'failed'; reason: string }
  | { state: 'served'; server: NatsServer }
)

export type SetUpOptions = FindOptions & {
  signal: AbortSignal
  onStep(step: SetUpStep): void
  /** The folder above `v<version>/` in which the release archives stand; the project's own when absent. */
  releaseBaseUrl?: string | undefined
  /** The release to fetch; the one that Beacon is tested with when absent. */
  releaseVersion?: string | undefined
  platform?: Platform
  limits?: Partial<SetUpLimits>
}

export type SetUpLimits = { release: DownloadLimits; debian_ms: number }

/** An unreachable project is given up before a user wonders; a slow line still gets its archive. */
export const defaultLimits: SetUpLimits = {
  release: { answer_ms: 3_500, idle_ms: 5_000, total_ms: 90_000 },
  debian_ms: 60_000,
}

/**
 * Gives the first server that can run `durable`, or else the first that fits at all. Running it again, or several at
 * once, gives the same. Throws `broker_missing` with the reason of each route and what to do by hand; `broker_missing`
 * or `broker_unfit` at once when the explicit one cannot serve, for going on would overrule a choice.
 */
export async function setUpNatsServer(options: SetUpOptions): Promise<NatsServer> {
  let fallback: NatsServer | undefined
  const failures: string[] = []
  for (const [route, attempt] of attemptsOf(options)) {
    options.signal.throwIfAborted()
    const began = performance.now()
    const step = (state: StepState): void =>
      options.onStep({ route, ms: Math.round(performance.now() - began), ...state })
    step({ state: 'trying' })
    const outcome = await attempt().catch((error: unknown) => {
      if (error instanceof BeaconError) step({ state: 'failed', reason: error.detail })
      return toFileFailure(error)
    })
    if (outcome.ok && (isStrongest(outcome.value) || route === 'environment')) {
      step({ state: 'served', server: outcome.value })
      return outcome.value
    }
    if (outcome.ok) fallback ??= outcome.value
    const reason = outcome.ok ? onlyFast(outcome.value) : outcome.error
    step({ state: 'failed', reason })
    failures.push(`${route}: ${reason}`)
  }
  if (fallback !== undefined) {
    options.onStep({ route: fallback.route, state: 'served', server: fallback, ms: 0 })
    return fallback
  }
  throw new BeaconError('broker_missing', `no route gave one\n  ${failures.join('\n  ')}`, {
    hint: toHandInstructions(options.platform ?? thisPlatform(), resolve(options.cacheDir)),
  })
}

type StepState =
  | { state: 'trying' }
  | { state: 'failed'; reason: string }
  | { state: 'served'; server: NatsServer }

type Attempt = readonly [Route, () => Promise<RouteOutcome>]

function attemptsOf(options: SetUpOptions): Attempt[] {
  const { explicitPath, pathVariable, signal } = options
  const cacheDir = resolve(options.cacheDir)
  if (explicitPath)
    return [['environment', async () => ok(await fromEnvironment(explicitPath, pathVariable, signal))]]
  const limits = { ...defaultLimits, ...options.limits }
  return [
    ['path', () => fromPath(pathVariable, signal)],
    ['cache', () => fromCache(cacheDir, signal)],
    [
      'release',
      () =>
        fromRelease({
          cacheDir,
          signal,
          baseUrl: options.releaseBaseUrl,
          version: options.releaseVersion,
          platform: options.platform ?? thisPlatform(),
          limits: limits.release,
        }),
    ],
    ['debian', () => fromDebian({ cacheDir, pathVariable, limit_ms: limits.debian_ms, signal })],
  ]
}

function onlyFast(server: NatsServer): string {
  return `${server.path}: ${unfitReason(server.version, 'durable')}`
}

/** A cache that cannot be written ends a route, not the set-up; everything else that is thrown is not for a route to mend. */
function toFileFailure(error: unknown): RouteOutcome {
  const { code, message } = error as NodeJS.ErrnoException
  if (error instanceof Error && code !== undefined && 'syscall' in error) return err(message)
  throw error
}
