// One message of BEACON_IN as an event to admit, or as what to put into quarantine and why.

import { isUtf8 } from 'node:buffer'
import { type Json, limits } from '../../core/event.ts'
import { parseAgentId, parseEventBody } from '../../core/event-body.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { parseAgentToken } from '../../core/subjects.ts'
import type { EntryEvent, EntryIssue, ParseEntry } from './door.ts'
import { toJsonMistake } from './json-mistake.ts'

/** Where a message was sent to. `token` is the agent, as it stands in the subject. */
export type InPlace = { door: 'state'; token: string } | { door: 'claim'; cluster: string; token: string }

/** Of `beacon.in.<agent>` or `backbeat.<cluster>.claim.<agent>`, the subjects of BEACON_IN. */
export function parseInSubject(subject: string): InPlace {
  const [first, second = '', ...rest] = subject.split('.')
  return first === 'backbeat'
    ? { door: 'claim', cluster: second, token: rest.slice(1).join('.') }
    : { door: 'state', token: rest.join('.') }
}

/** The agent id stands in the subject; in the body it may be left out, and must be the same if it is there. */
export function parseInState(token: string, data: Buffer): Result<EntryEvent, EntryIssue> {
  const agentId = parseToken(token)
  if (!agentId.ok) return agentId
  const value = parseData(data)
  if (!value.ok) return value
  const body = value.value
  if (!isObject(body)) return parseEventBody(body, limits)
  const { agent_id = null, ...rest } = body
  if (agent_id !== null && agent_id !== agentId.value) return err(otherAgent)
  return parseEventBody({ ...rest, agent_id: agentId.value }, limits)
}

/**
 * A claim names its agent itself, and it must be the one of the subject, as its cluster must be this one. `parse` judges
 * it by the beat of its time.
 */
export function parseInClaim(
  { cluster, token }: { cluster: string; token: string },
  data: Buffer,
  { cluster_id, parse }: { cluster_id: string; parse: ParseEntry },
): Result<EntryEvent, EntryIssue> {
  if (cluster !== cluster_id) {
    const message = `the claim is for the cluster ${cluster.slice(0, 64)}, and this one is ${cluster_id}`
    return err({ field: 'subject', message })
  }
  const agentId = parseToken(token)
  if (!agentId.ok) return agentId
  const value = parseData(data)
  if (!value.ok) return value
  const body = value.value
  const isOther = isObject(body) && typeof body.agent_id === 'string' && body.agent_id !== agentId.value
  return isOther ? err(otherAgent) : parse(body)
}

const isObject = (value: unknown): value is { [field: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const otherAgent: EntryIssue = {
  field: 'agent_id',
  message: 'agent_id is not the one in the subject: send it on its own subject',
}

function parseToken(token: string): Result<string, EntryIssue> {
  const issue = (message: string) => err({ field: 'subject', message })
  if (token.includes('.')) return issue('the agent id must be one token: percent-encode it, a dot is %2E')
  const agentId = parseAgentToken(token)
  if (agentId === undefined) return issue('the agent id in the subject is no percent-encoded UTF-8')
  return parseAgentId(agentId, limits)
}

function parseData(data: Buffer): Result<unknown, EntryIssue> {
  const issue = (message: string) => err({ field: '', message })
  if (data.length > limits.event_bytes_max)
    return issue(`the event has more than ${limits.event_bytes_max} bytes`)
  if (!isUtf8(data)) return issue('the body is not UTF-8')
  const text = data.toString('utf8')
  try {
    return ok(JSON.parse(text) as unknown)
  } catch (error) {
    return issue(`the body is not JSON: ${toJsonMistake(text, error as Error)}`)
  }
}
