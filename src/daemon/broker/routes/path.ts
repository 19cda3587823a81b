// Route 1b: a nats-server on PATH.

import { err } from '../../../core/result.ts'
import { findExecutables } from '../find-executable.ts'
import { pickStrongest, type RouteOutcome } from '../nats-server.ts'

/** An unfit one does not hide a fitting one further along the path. */
export async function fromPath(pathVariable: string, signal: AbortSignal): Promise<RouteOutcome> {
  const paths = findExecutables('nats-server', pathVariable)
  if (paths.length === 0) return err('there is no nats-server on PATH')
  return await pickStrongest(
    paths.map((path) => ({ path, route: 'path', origin: 'found on PATH' })),
    signal,
  )
}
