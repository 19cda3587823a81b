// The agents' SDK: report to Beacon, hold a lease, obey commands; over HTTP alone, and whether Beacon is there or not (docs/sdk.md).

import { randomUUID } from 'node:crypto'
import { BeaconError } from '../core/errors.ts'
import { limits, type Metadata } from '../core/event.ts'
import { parseEventBody } from '../core/event-body.ts'
import { type HeartbeatBody, leaseLimits } from '../core/installation.ts'
import { parseHeartbeatBody, parseRegisterBody } from '../core/installation-bodies.ts'
import type { AckBody } from '../core/order.ts'
import { makeAgentCommands } from './agent-commands.ts'
import { openCredentials } from './agent-credentials.ts'
import { openAgentDoor, readAnswer } from './agent-door.ts'
import type { Agent, AgentEvent, AgentOptions } from './agent-options.ts'
import { openOrderStream } from './agent-order-stream.ts'
import { openAgentOutbox } from './agent-outbox.ts'
import { openAgentSession } from './agent-session.ts'
import { openSpool } from './agent-spool.ts'
import { detectPlatform } from './detect-platform.ts'

export type { Agent, AgentCommand, AgentCounts, AgentEvent, AgentOptions } from './agent-options.ts'

const defaults = { heartbeat_interval_ms: 60_000, spool_bytes_max: 16 * 1024 * 1024 }
const acknowledge_ms = 2_000
const flush_ms = 10_000
const close_ms = 2_000
/** Of the time for closing, what goodbye gets even when events use up the rest. */
const goodbyeMin_ms = 250

/**
 * Registers the agent, or recovers the installation whose credentials are in `folder`, and resolves after the first
 * attempt: when Beacon is away, `connected` is false and the agent goes on trying. Throws usage when an option is wrong,
 * and what Beacon refuses, such as token_missing, token_invalid, agent_forbidden or installation_invalid.
 */
export async function connectAgent(options: AgentOptions): Promise<Agent> {
  const { agent_id, folder } = options
  const { heartbeat_interval_ms: interval_ms, spool_bytes_max } = { ...defaults, ...options }
  const platform = options.platform ?? detectPlatform()
  const registration = parseRegisterBody({
    agent_id,
    heartbeat_interval_seconds: interval_ms / 1_000,
    platform,
    metadata: options.metadata ?? null,
  })
  if (!registration.ok) throw new BeaconError('usage', registration.error)
  const began_ms = performance.now()
  const run = randomUUID()
  let says = 'connected'
  let agentSeq = 0
  let connected = false
  let closing: Promise<void> | undefined

  const door = openAgentDoor(options.url)
  const credentials = openCredentials({ agent_id, folder, onDiskFailure: warn })
  const spool = openSpool({ folder, bytes_max: spool_bytes_max, onDiskFailure: warn })
  const commands = makeAgentCommands({
    handle: options.onCommand,
    acknowledge,
    // What it does now is told at once, and not in a minute.
    onPaused: () => void session.call(),
  })
  const session = openAgentSession({
    door,
    credentials,
    register: options.register,
    token: options.token,
    interval_ms,
    registration: registration.value,
    heartbeat: measure,
    onAnswer(sent) {
      commands.told(sent?.acknowledged ?? [])
      commands.retry()
      if (sent && connected) return
      connected = true
      outbox.wake()
      orders.wake()
    },
    onCommand: commands.take,
    onEnded({ code, detail }) {
      // Whoever missed the command hears it so.
      if (commands.ended) return
      const command = code === 'token_revoked' ? 'revoke' : 'terminate'
      const { shutdown_timeout_ms } = leaseLimits
      commands.take({ command, command_id: `ended-${run}`, reason: detail, by: '', shutdown_timeout_ms })
    },
    onConnection(state) {
      connected &&= state.connected
      guard(() => options.onConnection?.(state))
    },
  })
  const target = () => (session.connected ? credentials.held : undefined)
  const outbox = openAgentOutbox({
    door,
    spool,
    token: () => target()?.runtime_token,
    onTrouble: session.suspect,
  })
  const orders = openOrderStream({
    door,
    installation: target,
    onOrder: ({ command, command_id, reason, by, shutdown_timeout_ms }) =>
      commands.take({ command, command_id, reason, by, shutdown_timeout_ms }),
    onTrouble: session.suspect,
  })

  async function acknowledge(commandId: string, body: AckBody): Promise<void> {
    const { held } = credentials
    if (!held) return
    const path = `/api/v1/installations/${held.installation_id}/commands/${encodeURIComponent(commandId)}`
    const answer = await door.post(path, body, { token: held.runtime_token, timeout_ms: acknowledge_ms })
    // What is refused for good is not said again.
    if (answer.status >= 500 || answer.status === 401 || answer.status === 429) readAnswer(answer)
  }

  async function measure(): Promise<HeartbeatBody> {
    const body: HeartbeatBody = {
      status: commands.paused ? 'paused' : says,
      uptime_seconds: Math.floor((performance.now() - began_ms) / 1_000),
      platform,
      acknowledged: commands.untold(),
    }
    try {
      const metrics = await options.metrics?.()
      const parsed = parseHeartbeatBody({ ...body, metrics: metrics ?? null })
      if (parsed.ok) return parsed.value
      warn(parsed.error)
    } catch (error) {
      warn(error)
    }
    // Wrong metrics are no reason to fall silent.
    return body
  }

  function emit({ status, kind = 'state', metadata }: AgentEvent): void {
    if (closing !== undefined) return
    const event = {
      agent_id,
      status,
      kind,
      timestamp: new Date().toISOString(),
      ...(metadata && { metadata: metadata as Metadata }),
      run,
      agent_seq: agentSeq + 1,
    }
    const parsed = parseEventBody(event, limits)
    if (!parsed.ok) throw new BeaconError('event_invalid', parsed.error.message)
    const line = JSON.stringify(event)
    if (Buffer.byteLength(line) > limits.event_bytes_max) {
      throw new BeaconError('event_too_large', `at most ${limits.event_bytes_max} bytes are allowed`)
    }
    agentSeq++
    spool.push(line)
    outbox.wake()
  }

  function stop(): void {
    orders.close()
    outbox.close()
    door.close()
    spool.close()
  }

  async function close({
    status = 'stopped',
    reason,
    exit_code,
    signal,
    timeout_ms = close_ms,
  }: NonNullable<Parameters<Agent['close']>[0]> = {}): Promise<void> {
    const until_ms = performance.now() + timeout_ms
    if (session.connected) await outbox.flush(Math.max(0, timeout_ms - goodbyeMin_ms))
    const left_ms = Math.max(goodbyeMin_ms, until_ms - performance.now())
    await session.close({ status, ...toGiven({ reason, exit_code, signal }) }, left_ms)
    stop()
  }

  try {
    await session.first
  } catch (error) {
    stop()
    throw error
  }
  return {
    agent_id,
    get installation_id() {
      return credentials.held?.installation_id ?? null
    },
    get connected() {
      return session.connected
    },
    status(status, metadata) {
      emit({ status, ...(metadata && { metadata }) })
      says = status
    },
    emit,
    heartbeat: session.call,
    flush: (timeout_ms = flush_ms) => outbox.flush(timeout_ms),
    counts: () => ({
      stored: outbox.stored,
      waiting: spool.end - spool.start,
      spooled_bytes: spool.bytes,
      dropped: spool.dropped,
      refused: outbox.refused,
    }),
    close(last) {
      closing ??= close(last)
      return closing
    },
  }
}

/** Without the fields that are undefined. */
const toGiven = <Fields extends object>(fields: Fields): Partial<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>

/** What a listener of the agent throws is its own affair. */
function guard(call: () => void): void {
  try {
    call()
  } catch (error) {
    warn(error)
  }
}

const warn = (error: unknown): void =>
  process.emitWarning(error instanceof Error ? error.message : String(error), 'BeaconAgentWarning')
