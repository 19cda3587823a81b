// Keeps web pages and strangers away from a gateway on loopback.
//
// A browser names the page's origin with each request that can change something, reads across origins or opens a WebSocket,
// so any other than loopback is refused. Agents and tools send no Origin. A page that lets its own name point at 127.0.0.1
// (DNS rebinding) sends none either when it reads, but its name is the Host.

import type { FastifyRequest } from 'fastify'
import { BeaconError } from '../../core/errors.ts'

export function refuseForeignOrigin({ headers }: Pick<FastifyRequest, 'headers'>): void {
  const { origin } = headers
  if (origin === undefined || isLoopbackUrl(origin)) return
  throw new BeaconError('origin_refused', `the request comes from a web page at ${origin.slice(0, 200)}`)
}

/** Throws host_refused unless the request was addressed to this machine by a name of loopback. */
export function assertLocalHost({ headers }: Pick<FastifyRequest, 'headers'>): void {
  // HTTP/1.0 has no Host, and no browser speaks it.
  const { host } = headers
  if (host === undefined || isLoopbackUrl(`http://${host}`)) return
  throw new BeaconError('host_refused', `it was addressed to ${host.slice(0, 200)}`)
}

/** Whether a proxy passed it on: then the peer on loopback is not the sender. */
export const isForwarded = ({ headers }: Pick<FastifyRequest, 'headers'>): boolean =>
  ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'].some((name) => headers[name] !== undefined)

/** `127.0.0.1`, `::1`, and IPv4 as a socket for both families spells it. */
export const isLoopbackAddress = (address: string | undefined): boolean =>
  address === '::1' || /^(::ffff:)?127(\.\d+){3}$/.test(address ?? '')

function isLoopbackUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { hostname } = new URL(text)
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}
