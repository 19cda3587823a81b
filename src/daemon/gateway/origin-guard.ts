// Keeps web pages away from a gateway on loopback: a browser names the page's origin with each request that can change
// something, reads across origins or opens a WebSocket, so any other than loopback is refused. Agents and tools send no Origin.

import type { FastifyRequest } from 'fastify'
import { BeaconError } from '../../core/errors.ts'

export function refuseForeignOrigin({ headers }: Pick<FastifyRequest, 'headers'>): void {
  const { origin } = headers
  if (origin === undefined || isLoopback(origin)) return
  throw new BeaconError('origin_refused', `the request comes from a web page at ${origin.slice(0, 200)}`)
}

function isLoopback(origin: string): boolean {
  if (!URL.canParse(origin)) return false
  const { hostname } = new URL(origin)
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}
