// One message of BEACON_IN as an event to admit, or as what to put into quarantine and why.

import { isUtf8 } from 'node:buffer'
import { type EventBody, type Json, limits } from '../../core/event.ts'
import { parseAgentId, parseEventBody } from '../../core/event-body.ts'
import { err, type Result } from '../../core/result.ts'
import { inSubjects, parseAgentToken } from '../../core/subjects.ts'
import { toJsonMistake } from './json-mistake.ts'

/** Why a message cannot be admitted; `field` is empty when the message as a whole is meant. */
export type InletIssue = { field: string; message: string }

const prefix = inSubjects.slice(0, -1)

/** The agent id stands in the subject; in the body it may be left out, and must be the same if it is there. */
export function parseInMessage(subject: string, data: Buffer): Result<EventBody, InletIssue> {
  const fromSubject = parseSubject(subject)
  if (!fromSubject.ok) return fromSubject
  const value = parseData(data)
  if (!value.ok) return value
  const body = value.value
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return parseEventBody(body, limits)
  const { agent_id = null, ...rest } = body as { [field: string]: Json }
  if (agent_id !== null && agent_id !== fromSubject.value) {
    return err({
      field: 'agent_id',
      message: 'agent_id is not the one in the subject: send it on its own subject',
    })
  }
  return parseEventBody({ ...rest, agent_id: fromSubject.value }, limits)
}

function parseSubject(subject: string): Result<string, InletIssue> {
  const token = subject.slice(prefix.length)
  const issue = (message: string) => err({ field: 'subject', message })
  if (token.includes('.')) return issue('the agent id must be one token: percent-encode it, a dot is %2E')
  const agentId = parseAgentToken(token)
  if (agentId === undefined) return issue('the agent id in the subject is no percent-encoded UTF-8')
  return parseAgentId(agentId, limits)
}

function parseData(data: Buffer): Result<unknown, InletIssue> {
  const issue = (message: string) => err({ field: '', message })
  if (data.length > limits.event_bytes_max)
    return issue(`the event has more than ${limits.event_bytes_max} bytes`)
  if (!isUtf8(data)) return issue('the body is not UTF-8')
  const text = data.toString('utf8')
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    return issue(`the body is not JSON: ${toJsonMistake(text, error as Error)}`)
  }
}
