// An agent's installation: registered or recovered, then called in for at each interval, for as long as Beacon lets it live.

import { setTimeout as sleep } from 'node:timers/promises'
import { BeaconError, type ErrorCode } from '../core/errors.ts'
import {
  type HeartbeatAnswer,
  type HeartbeatBody,
  leaseLimits,
  leaseOf,
  type RegisterAnswer,
  type RegisterBody,
  type ShutdownBody,
} from '../core/installation.ts'
import type { CredentialStore } from './agent-credentials.ts'
import { type AgentDoor, readAnswer } from './agent-door.ts'
import type { AgentCommand, AgentOptions } from './agent-options.ts'
import { backoff_ms, makeWaker } from './agent-waker.ts'

export type AgentSession = {
  /** Resolves after the first attempt. Rejects with what Beacon refuses for good; the session is closed then. */
  readonly first: Promise<void>
  readonly connected: boolean
  /** A heartbeat now; resolves when it was tried. */
  call(): Promise<void>
  /** Looks soon whether Beacon is there. */
  suspect(): void
  /** Says goodbye where it can, and ends. Never rejects. */
  close(last: ShutdownBody, timeout_ms: number): Promise<void>
}

export type AgentSessionOptions = {
  door: AgentDoor
  credentials: CredentialStore
  register: AgentOptions['register']
  /** The install token. */
  token: string | undefined
  interval_ms: number
  registration: Omit<RegisterBody, 'installation_id' | 'refresh_token'>
  heartbeat(): Promise<HeartbeatBody>
  /** Beacon answered a registration, or the heartbeat that was `sent`. */
  onAnswer(sent: HeartbeatBody | undefined): void
  onCommand(command: AgentCommand): void
  /** Beacon knows this installation no more, by an operator's word. */
  onEnded(error: BeaconError): void
  onConnection: NonNullable<AgentOptions['onConnection']>
}

const answer_ms = 5_000
const pauseMax_ms = 5_000
/** After a refusal that another attempt is unlikely to change. */
const refusedPause_ms = 30_000

/** The credentials are worth nothing any more, to a process that starts with them. */
const spent = new Set<ErrorCode>([
  'installation_not_found',
  'installation_ended',
  'token_invalid',
  'token_expired',
  'token_revoked',
  'token_replayed',
])
/** An operator's last word: a process that is told so does not come back under another installation. */
const final = new Set<ErrorCode>(['installation_ended', 'token_revoked'])

export function openAgentSession(options: AgentSessionOptions): AgentSession {
  const { door, credentials, interval_ms, onConnection } = options
  const waker = makeWaker()
  const callers = new Set<() => void>()
  /** `held` credentials are tried first; `live` once this process was answered. */
  let live = false
  let recovering = credentials.held !== undefined
  let connected = false
  let failures = 0
  let lease_expires_ms: number | null = null
  let ended = false
  let closed = false
  let running = Promise.resolve()
  const first = callIn().then((outcome) => {
    if (outcome instanceof BeaconError && isRefusal(outcome)) {
      closed = true
      throw outcome
    }
    running = run(outcome)
  })

  async function run(firstOutcome: BeaconError | undefined): Promise<void> {
    let began_ms = performance.now()
    for (let failure = firstOutcome; !closed && !ended; ) {
      await waker.pause(failure ? retryIn_ms(failure) : began_ms + interval_ms - performance.now())
      if (closed) break
      began_ms = performance.now()
      failure = await callIn()
      settle()
    }
    settle()
  }

  const retryIn_ms = (failure: BeaconError): number =>
    isRefusal(failure)
      ? refusedPause_ms
      : backoff_ms(failures++, Math.max(200, Math.min(pauseMax_ms, interval_ms)))

  function settle(): void {
    for (const tell of [...callers]) tell()
    callers.clear()
  }

  /** One attempt, whatever it takes: what became of it. */
  async function callIn(): Promise<BeaconError | undefined> {
    try {
      if (credentials.held && !recovering) await beat(credentials.held)
      else await enter()
      failures = 0
      return undefined
    } catch (error) {
      const failure = error instanceof BeaconError ? error : toInternal(error)
      if (closed) return failure
      if (live && final.has(failure.code)) end(failure)
      else if (!recovering && spent.has(failure.code)) {
        // The runtime token is not taken any more: with the refresh token there may be another.
        recovering = true
        return await callIn()
      } else tellAway(failure)
      return failure
    }
  }

  async function enter(): Promise<void> {
    const { held } = credentials
    const sent_ms = Date.now()
    let answer: RegisterAnswer
    try {
      const recovery = held && { installation_id: held.installation_id, refresh_token: held.refresh_token }
      answer = await register({ ...options.registration, ...recovery })
    } catch (error) {
      if (!held || !(error instanceof BeaconError) || !spent.has(error.code)) throw error
      if (live && final.has(error.code)) throw error
      credentials.forget()
      return await enter()
    }
    const { agent_id, installation_id, runtime_token, refresh_token, token_version } = answer
    credentials.keep({ agent_id, installation_id, runtime_token, refresh_token, token_version })
    recovering = false
    live = true
    answered(sent_ms, true, undefined)
    take(answer, leaseLimits.shutdown_timeout_ms)
  }

  async function register(body: RegisterBody): Promise<RegisterAnswer> {
    if (options.register) return await options.register(body)
    const token = body.refresh_token === undefined ? options.token : undefined
    return readAnswer(await door.post('/api/v1/installations', body, { token, timeout_ms: answer_ms }))
  }

  async function beat(held: NonNullable<CredentialStore['held']>): Promise<void> {
    const body = await options.heartbeat()
    const sent_ms = Date.now()
    const path = `/api/v1/installations/${held.installation_id}/heartbeat`
    const answer = readAnswer<HeartbeatAnswer>(
      await door.post(path, body, { token: held.runtime_token, timeout_ms: answer_ms }),
    )
    live = true
    if (answer.refreshed_token) credentials.keep({ ...held, ...toTokens(answer.refreshed_token) })
    answered(sent_ms, answer.lease_renewed, body)
    take({ ...answer, command: answer.revoked ? 'revoke' : answer.command }, answer.shutdown_timeout_ms)
    if (answer.revoked) end(new BeaconError('token_revoked', answer.reason ?? 'by an operator'))
  }

  function answered(sent_ms: number, renewed: boolean, sent: HeartbeatBody | undefined): void {
    if (renewed) lease_expires_ms = sent_ms + leaseOf(interval_ms)
    connected = true
    onConnection({ connected, reason: null, lease_expires_ms })
    options.onAnswer(sent)
  }

  function take({ command, command_id, reason }: Told, shutdown_timeout_ms: number): void {
    if (command === null || command_id === null) return
    options.onCommand({ command, command_id, reason: reason ?? '', by: '', shutdown_timeout_ms })
  }

  function end(error: BeaconError): void {
    ended = true
    tellAway(error)
    options.onEnded(error)
  }

  function tellAway(error: BeaconError): void {
    connected = false
    onConnection({ connected, reason: error.detail, lease_expires_ms })
  }

  return {
    first,
    get connected() {
      return connected
    },
    call() {
      if (closed || ended) return Promise.resolve()
      return new Promise((resolve) => {
        callers.add(resolve)
        waker.wake()
      })
    },
    suspect() {
      if (connected) waker.wake()
    },
    async close(last, timeout_ms) {
      closed = true
      waker.wake()
      settle()
      // A heartbeat that arrived after the goodbye would be a sign of life.
      await Promise.race([running, sleep(timeout_ms / 2, undefined, { ref: false })])
      const { held } = credentials
      // Revoked, it may still say that it is gone.
      if (!held || !live) return
      const path = `/api/v1/installations/${held.installation_id}/shutdown`
      await door.post(path, last, { token: held.runtime_token, timeout_ms }).catch(() => {})
    },
  }
}

type Told = { command: AgentCommand['command'] | null; command_id: string | null; reason: string | null }

const toTokens = ({
  runtime_token,
  refresh_token,
  token_version,
}: NonNullable<HeartbeatAnswer['refreshed_token']>) => ({ runtime_token, refresh_token, token_version })

const toInternal = (error: unknown): BeaconError =>
  new BeaconError('internal', error instanceof Error ? error.message : String(error), { cause: error })

/** The request itself is refused: the same again would be, too. */
const isRefusal = ({ entry }: BeaconError): boolean => entry.status < 500 && entry.status !== 429
