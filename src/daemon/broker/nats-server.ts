// A nats-server that was found: where it is, what it can promise, and how a file is asked whether it is one.

import type { Durability } from '../../core/config.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { captureCommand } from './capture-command.ts'
import { parseVersionOutput, profilesOf, unfitReason } from './version.ts'

/** The ways to a nats-server, in the order in which they are tried. */
export type Route = 'environment' | 'path' | 'cache' | 'release' | 'debian'

export type NatsServer = {
  /** Absolute. */
  path: string
  version: string
  /** The route that served this time: a second run of the set-up is served by the cache. */
  route: Route
  /** Where the file came from, in words; the same on each run, also when the cache serves. */
  origin: string
  /** Strongest first, never empty. */
  profiles: Durability[]
}

/** What a route gives: a server that fits at least `fast`, or why there is none. */
export type RouteOutcome = Result<NatsServer, string>

/** A version manager's shim may need a moment; a hanging program must not hold the start of the daemon. */
const answer_ms = 5_000

/** Asks the program at `path` for its version. Refuses what is no nats-server, and one that fits no profile. */
export async function probeNatsServer(
  place: { path: string; route: Route; origin: string },
  signal: AbortSignal,
): Promise<RouteOutcome> {
  const answer = await captureCommand(place.path, ['--version'], { limit_ms: answer_ms, signal })
  if (!answer.ok) return err(`${place.path} does not run: ${answer.error}`)
  const version = parseVersionOutput(answer.value)
  if (version === undefined) return err(`${place.path} does not answer --version as a nats-server does`)
  const profiles = profilesOf(version)
  if (profiles.length === 0) return err(`${place.path}: ${unfitReason(version, 'fast')}`)
  return ok({ ...place, version, profiles })
}

/** The first that can run `durable`, or else the first that fits at all, or else every reason. */
export async function pickStrongest(
  places: { path: string; route: Route; origin: string }[],
  signal: AbortSignal,
): Promise<RouteOutcome> {
  let fallback: RouteOutcome | undefined
  const reasons: string[] = []
  for (const place of places) {
    const outcome = await probeNatsServer(place, signal)
    if (!outcome.ok) reasons.push(outcome.error)
    else if (isStrongest(outcome.value)) return outcome
    else fallback ??= outcome
  }
  return fallback ?? err(reasons.join('; '))
}

export function isStrongest(server: NatsServer): boolean {
  return server.profiles.includes('durable')
}
