// Validates the bodies of installations: untrusted JSON in, the body or what to mend out. Fields that are not known are left
// out, since agents of other makers send more than Beacon asks for.

import { charsOf, isShallow, loneSurrogate, nameOf, quoteOf, utf8Length } from './body-checks.ts'
import { type Json, limits } from './event.ts'
import { parseAgentId } from './event-body.ts'
import {
  type AgentMetrics,
  type HeartbeatBody,
  leaseLimits,
  type Platform,
  type RegisterBody,
  type ShutdownBody,
} from './installation.ts'
import { err, ok, type Result } from './result.ts'

export const bodyLimits = {
  platform_fields_max: 16,
  platform_chars_max: 256,
  metrics_max: 32,
  metric_chars_max: 64,
  /** As JSON; a heartbeat is small. */
  metadata_bytes_max: 16 * 1024,
  /** The metadata stands within the event's. */
  metadata_depth_max: 16,
  acknowledged_max: 64,
  text_chars_max: 256,
} as const

type Input = { [field: string]: Json }
/** What follows the field's name. */
type Read<T> = (value: Json) => Result<T, string>
type Body<T> = Result<T, string>

/** Gives the body, or what to mend in it. */
export type InstallationBody<T> = (value: unknown) => Result<T, string>

export function parseRegisterBody(value: unknown): Body<RegisterBody> {
  if (!isObject(value)) return err(`the body is a JSON object, this is ${nameOf(value)}`)
  const agentId = parseAgentId(value.agent_id, limits)
  if (!agentId.ok) return err(agentId.error.message)
  // Its token would be one for all agents whose ids begin so (`reachesAgent`).
  if (agentId.value.endsWith('*'))
    return err('agent_id must not end in * for an agent with a token of its own')
  return readFields<RegisterBody>({ agent_id: agentId.value }, value, {
    heartbeat_interval_seconds: readInterval,
    platform: readPlatform,
    metadata: readMetadata,
    installation_id: readInstallationId,
    refresh_token: readText(bodyLimits.text_chars_max),
  })
}

/** Over NATS the installation's id stands in the body. */
export function parseHeartbeatBody(value: unknown): Body<HeartbeatBody> {
  if (!isObject(value)) return err(`the body is a JSON object, this is ${nameOf(value)}`)
  const status = readText(limits.status_chars_max)(value.status ?? 'running')
  if (!status.ok) return err(`status ${status.error}`)
  return readFields<HeartbeatBody>({ status: status.value }, value, {
    uptime_seconds: readAmount,
    platform: readPlatform,
    metrics: readMetrics,
    metadata: readMetadata,
    heartbeat_interval_seconds: readInterval,
    acknowledged: readCommandIds,
  })
}

export function parseShutdownBody(value: unknown): Body<ShutdownBody> {
  if (!isObject(value)) return err(`the body is a JSON object, this is ${nameOf(value)}`)
  return readFields<ShutdownBody>({}, value, {
    status: readText(limits.status_chars_max),
    reason: readText(bodyLimits.text_chars_max),
    exit_code: readExitCode,
    signal: readText(32),
  })
}

const idForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const readInstallationId: Read<string> = (value) =>
  typeof value === 'string' && idForm.test(value)
    ? ok(value)
    : err(`must be the id that registration answered, this is ${quoteOf(value)}`)

/** Reads the optional fields into `body`; null is the same as leaving one out. */
function readFields<T extends object>(
  body: T,
  input: Input,
  readers: { [field in keyof T]?: Read<NonNullable<T[field]>> },
): Body<T> {
  for (const field of Object.keys(readers) as (keyof T & string)[]) {
    const given = input[field]
    const read = readers[field]
    if (given === undefined || given === null || !read) continue
    const value = read(given)
    if (!value.ok) return err(`${field} ${value.error}`)
    body[field] = value.value
  }
  return ok(body)
}

const readText =
  (max: number): Read<string> =>
  (value) => {
    if (typeof value !== 'string') return err(`must be a string, this is ${nameOf(value)}`)
    if (value === '') return err(`must not be empty: give 1–${max} characters`)
    if (!value.isWellFormed()) return err(loneSurrogate)
    const chars = charsOf(value, max)
    return chars <= max ? ok(value) : err(`has ${chars} characters, at most ${max} are allowed: shorten it`)
  }

const readInterval: Read<number> = (value) => {
  const { interval_s_min: min, interval_s_max: max } = leaseLimits
  return typeof value === 'number' && value >= min && value <= max
    ? ok(value)
    : err(`must be a number of seconds from ${min} to ${max}, this is ${quoteOf(value)}`)
}

const readAmount: Read<number> = (value) =>
  isAmount(value) ? ok(value) : err(`must be a number of at least 0, this is ${quoteOf(value)}`)

const isAmount = (value: Json): value is number =>
  typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY

const readExitCode: Read<number> = (value) =>
  Number.isSafeInteger(value) ? ok(value as number) : err(`must be a whole number, this is ${quoteOf(value)}`)

const platformTypes: readonly Platform['type'][] = ['lambda', 'kubernetes', 'docker', 'bare_metal']

const readPlatform: Read<Platform> = (value) => {
  if (!isObject(value)) return err(`must be a JSON object, this is ${nameOf(value)}`)
  if (!platformTypes.includes(value.type as Platform['type']))
    return err(`.type must be one of ${platformTypes.join(', ')}, this is ${quoteOf(value.type ?? null)}`)
  const fields = Object.entries(value).filter(([, each]) => each !== null)
  const { platform_fields_max: max, platform_chars_max: chars_max } = bodyLimits
  if (fields.length > max) return err(`has ${fields.length} fields, at most ${max} are allowed`)
  for (const [name, each] of fields) {
    const text = typeof each === 'string' && each.isWellFormed() && charsOf(each, chars_max) <= chars_max
    if (!text && typeof each !== 'number')
      return err(`.${name.slice(0, 40)} must be a number or a text of at most ${chars_max} characters`)
  }
  return ok(Object.fromEntries(fields) as Platform)
}

const readMetrics: Read<AgentMetrics> = (value) => {
  if (!isObject(value)) return err(`must be a JSON object, this is ${nameOf(value)}`)
  const entries = Object.entries(value).filter(([, each]) => each !== null)
  const { metrics_max: max, metric_chars_max: chars_max } = bodyLimits
  if (entries.length > max) return err(`has ${entries.length} metrics, at most ${max} are allowed`)
  for (const [name, each] of entries) {
    if (charsOf(name, chars_max) > chars_max) return err(`has a name of more than ${chars_max} characters`)
    if (typeof each !== 'number') return err(`.${name} must be a number, this is ${quoteOf(each)}`)
  }
  return ok(Object.fromEntries(entries) as AgentMetrics)
}

const readMetadata: Read<Input> = (value) => {
  if (!isObject(value)) return err(`must be a JSON object, this is ${nameOf(value)}`)
  const { metadata_depth_max: depth_max, metadata_bytes_max: bytes_max } = bodyLimits
  if (!isShallow(value, depth_max)) return err(`is nested deeper than ${depth_max} levels: flatten it`)
  const bytes = utf8Length(JSON.stringify(value))
  return bytes <= bytes_max
    ? ok(value)
    : err(`has ${bytes} bytes, at most ${bytes_max} are allowed: keep it elsewhere and send a reference`)
}

const readCommandIds: Read<string[]> = (value) => {
  const max = bodyLimits.acknowledged_max
  if (!Array.isArray(value)) return err(`must be an array of command ids, this is ${nameOf(value)}`)
  if (value.length > max) return err(`has ${value.length} ids, at most ${max} are allowed`)
  const wrong = value.findIndex((id) => typeof id !== 'string' || id === '' || id.length > 128)
  return wrong < 0 ? ok(value as string[]) : err(`[${wrong}] must be a text of 1–128 characters`)
}

const isObject = (value: unknown): value is Input =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
