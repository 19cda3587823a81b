// The NATS doors of installations: the service `beacon-installations`, bodies and answers as over HTTP. The id of the
// installation stands in the body, its runtime token in the header `Authorization`.

import type { NatsConnection } from '@nats-io/nats-core'
import { type ServiceMsg, Svcm } from '@nats-io/services'
import type { Principal } from '../../core/access.ts'
import { BeaconError, toProblem } from '../../core/errors.ts'
import { installationSubjects } from '../../core/installation.ts'
import {
  type InstallationBody,
  parseHeartbeatBody,
  parseRegisterBody,
  parseShutdownBody,
  readInstallationId,
} from '../../core/installation-bodies.ts'
import type { Installations } from '../control/installations.ts'
import { isConnected } from '../stream/publish-frames.ts'
import { type Auth, assertReaches } from './auth.ts'
import { parseJsonText } from './json-text.ts'

export type NatsInstallations = {
  /** Takes nothing new, resolves when everything taken is answered. */
  stop(): Promise<void>
}

export async function serveInstallations(options: {
  nc: NatsConnection
  installations: Installations
  auth: Pick<Auth, 'authorizeNats'>
  onBug(error: unknown): void
}): Promise<NatsInstallations> {
  const { nc, installations, auth, onBug } = options
  const service = await new Svcm(nc).add({
    name: 'beacon-installations',
    version: '1.0.0',
    description: 'Registers agents and takes their heartbeats',
  })
  const answering = new Set<Promise<void>>()
  const serve = (name: keyof typeof installationSubjects, answer: (message: ServiceMsg) => Promise<object>) =>
    service.addEndpoint(name, {
      subject: installationSubjects[name],
      handler: (error, message) => {
        if (error) return
        const answered = respond(message, answer, onBug)
        answering.add(answered)
        void answered.then(() => answering.delete(answered))
      },
    })

  function toOwnId(message: ServiceMsg, value: unknown): string {
    const id = readInstallationId((value as { installation_id?: string } | null)?.installation_id ?? '')
    if (!id.ok) throw new BeaconError('installation_invalid', `installation_id ${id.error}`)
    auth.authorizeNats(message.headers, { right: 'self' }, { installation_id: id.value })
    return id.value
  }

  serve('register', async (message) => {
    const body = parse(parseRegisterBody, parseJsonText(message.string()))
    const principal = hasToken(message)
      ? auth.authorizeNats(message.headers, { right: 'register' })
      : agentOfTheBroker
    assertReaches(principal, body.agent_id)
    return await installations.register(body, principal)
  })
  serve('heartbeat', async (message) => {
    const value = parseJsonText(message.string())
    const id = toOwnId(message, value)
    return await installations.heartbeat(id, parse(parseHeartbeatBody, value))
  })
  serve('shutdown', async (message) => {
    const value = parseJsonText(message.string())
    const id = toOwnId(message, value)
    return await installations.shutdown(id, parse(parseShutdownBody, value))
  })

  return {
    async stop() {
      await service.stop()
      await Promise.all(answering)
      // Closing a connection throws away what it has not sent yet.
      if (isConnected(nc)) await nc.flush().catch(() => {})
    },
  }
}

/** Whoever may ask this subject has a password of the broker, which is in the owner's home. */
const agentOfTheBroker: Principal = { role: 'install', name: 'nats', agents: null, installation_id: null }

const hasToken = ({ headers }: ServiceMsg): boolean =>
  headers?.keys().some((key) => key.toLowerCase() === 'authorization') === true

function parse<T>(read: InstallationBody<T>, value: unknown): T {
  const body = read(value)
  if (!body.ok) throw new BeaconError('installation_invalid', body.error)
  return body.value
}

async function respond(
  message: ServiceMsg,
  answer: (message: ServiceMsg) => Promise<object>,
  onBug: (error: unknown) => void,
): Promise<void> {
  try {
    message.respond(JSON.stringify(await answer(message)))
  } catch (error) {
    if (!(error instanceof BeaconError)) onBug(error)
    const known = error instanceof BeaconError ? error : new BeaconError('internal', 'the request failed')
    const line = known.message.replace(/[\r\n]+/g, ' ')
    message.respondError(known.entry.status, line, JSON.stringify(toProblem(known)))
  }
}
