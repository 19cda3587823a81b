// Where the HTTP door listens: parsed and checked before anything else is started.

import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { BeaconError } from '../../core/errors.ts'
import { writeFileAtomic } from '../write-file-atomic.ts'
import { describePortHolder } from './port-holder.ts'

export type HostPort = { host: string; port: number }

export type HttpChoice = HostPort & {
  /** Said to the user when the address is not the configured one. */
  note: string | null
}

/** `HOST:PORT`, an IPv6 host in brackets. */
export function parseHostPort(text: string): HostPort {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (!host || port > 65_535) throw new BeaconError('config_invalid', `http: ${text} is no HOST:PORT`)
  return { host, port }
}

export const toHostPort = ({ host, port }: HostPort): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)

/** Throws bind_refused for an address that others reach, unless there is a token to let somebody in. */
export async function assertBindAllowed(
  { host }: Pick<HostPort, 'host'>,
  hasLiveToken: () => Promise<boolean>,
): Promise<void> {
  if (isLoopbackHost(host) || (await hasLiveToken())) return
  throw new BeaconError(
    'bind_refused',
    `${host} can be reached from other machines, and there is no token yet`,
  )
}

/**
 * The address for this start. A port that the user did not ask for gives way to another home's Beacon: a free one is taken and
 * remembered, so that the home keeps it. Otherwise a taken port is an error.
 */
export async function chooseHttp(text: string, explicit: boolean, run: string): Promise<HttpChoice> {
  const wanted = parseHostPort(text)
  const remembered = explicit ? undefined : readRemembered(run)
  const first = { ...wanted, port: remembered ?? wanted.port }
  const port = await tryPort(first)
  const moved = 'this home keeps the port that it took when another Beacon held the default one'
  if (port !== undefined) return { host: wanted.host, port, note: remembered ? moved : null }
  if (!explicit && (remembered !== undefined || (await isBeacon(first)))) {
    const free = await tryPort({ ...wanted, port: 0 })
    if (free !== undefined) {
      writeFileAtomic(rememberedFile(run), `${free}\n`)
      const why = remembered ? 'is taken' : "is held by another home's Beacon"
      return {
        host: wanted.host,
        port: free,
        note: `port ${first.port} ${why}; this home uses ${free} from now on`,
      }
    }
  }
  throw portTaken(first)
}

export function portTaken(address: HostPort): BeaconError {
  const holder = describePortHolder(address.port)
  return new BeaconError(
    'port_taken',
    `${toHostPort(address)}${holder ? ` is held by ${holder}` : ' is in use'}`,
  )
}

/** The port if it can be bound, a free one for 0, undefined if it is taken. */
async function tryPort({ host, port }: HostPort): Promise<number | undefined> {
  const probe = createServer()
  return await new Promise((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else
        reject(
          new BeaconError('port_taken', `${toHostPort({ host, port })} cannot be bound: ${error.message}`),
        )
    })
    probe.listen({ host, port, exclusive: true }, () => {
      const bound = probe.address()
      probe.close(() => resolve(typeof bound === 'object' && bound ? bound.port : port))
    })
  })
}

/** Whether a gateway answers there. */
async function isBeacon({ host, port }: HostPort): Promise<boolean> {
  const body = await getText({ host, port }, '/health', 1_000)
  return body !== undefined && /"service"\s*:\s*"beacon-gateway"/.test(body.text)
}

/** Status and body of a small GET; undefined when nobody answers in time. */
export async function getText(
  { host, port }: HostPort,
  path: string,
  timeout_ms: number,
): Promise<{ status: number; text: string } | undefined> {
  return await new Promise((resolve) => {
    const request = get({ host, port, path, agent: false, timeout: timeout_ms }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      response.on('error', () => resolve(undefined))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(undefined))
  })
}

const rememberedFile = (run: string): string => join(run, 'http-port')

function readRemembered(run: string): number | undefined {
  try {
    const port = Number(readFileSync(rememberedFile(run), 'utf8'))
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined
  } catch {
    return undefined
  }
}
