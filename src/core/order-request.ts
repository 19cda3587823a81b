// What an operator asks for, as it comes over HTTP or NATS: checked, with the field named that is wrong.

import { charsOf, nameOf, utf8Length } from './body-checks.ts'
import { limits } from './event.ts'
import {
  type AckBody,
  type CommandName,
  type CommandRequest,
  type CommandScope,
  commandLimits,
  commandNames,
} from './order.ts'
import { err, ok, type Result } from './result.ts'

/** In words, with the name of the field in front. */
export type RequestIssue = string

/** As POST /api/v1/commands takes it: agents by id, by expression, or all of them. */
export type AskedCommand = Omit<CommandRequest, 'agents'> & {
  agents: string[]
  where?: string
  all?: boolean
}

const fields = [
  'command_id',
  'command',
  'reason',
  'agents',
  'where',
  'all',
  'installation_id',
  'scope',
  'by',
  'shutdown_timeout_ms',
  'dry_run',
] as const

const plainId = /^[A-Za-z0-9_-]{1,64}$/
const name_chars_max = 128

/** `given` are fields that the route says itself. Who asks by `where` or `all` has no agents here yet. */
export function parseCommandRequest(
  body: unknown,
  given: Partial<CommandRequest> = {},
): Result<AskedCommand, RequestIssue> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return err(`the body must be an object, not ${nameOf(body)}`)
  const other = Object.keys(body).find((name) => !(fields as readonly string[]).includes(name))
  if (other !== undefined) return err(`${JSON.stringify(other.slice(0, 80))} is no field of this body`)
  const value = { ...(body as { [field: string]: unknown }), ...given }
  const issue = findIssue(value)
  return issue === undefined ? ok(toAsked(value)) : err(issue)
}

function findIssue(value: { [field: string]: unknown }): RequestIssue | undefined {
  const { command, reason, agents, where, all, shutdown_timeout_ms: timeout_ms } = value
  if (!commandNames.includes(command as CommandName))
    return `command: must be one of ${commandNames.join(', ')}`
  if (!isText(reason, commandLimits.reason_chars_max) || reason.trim() === '')
    return `reason: must be a text of 1 to ${commandLimits.reason_chars_max} characters`
  if ([agents, where, all === false ? undefined : all].filter((each) => each !== undefined).length !== 1)
    return 'agents: name the targets in one way, by agents, where or all'
  if (agents !== undefined && !isAgents(agents))
    return `agents: must be 1 to ${commandLimits.agents_max} agent ids`
  if (where !== undefined && !isText(where, 4_096)) return 'where: must be an expression'
  if (all !== undefined && typeof all !== 'boolean') return 'all: must be true or false'
  for (const name of ['command_id', 'installation_id'])
    if (value[name] !== undefined && !(typeof value[name] === 'string' && plainId.test(value[name])))
      return `${name}: must have 1 to 64 of A–Z a–z 0–9 _ -`
  if (value.by !== undefined && !isText(value.by, name_chars_max))
    return `by: must have at most ${name_chars_max} characters`
  if (value.scope !== undefined && !isScope(value.scope)) return 'scope: must have kind, text and targets'
  if (timeout_ms !== undefined && !isWithin(timeout_ms, commandLimits.shutdown_timeout_ms_max))
    return `shutdown_timeout_ms: must be a whole number up to ${commandLimits.shutdown_timeout_ms_max}`
  if (value.dry_run !== undefined && typeof value.dry_run !== 'boolean')
    return 'dry_run: must be true or false'
  return undefined
}

/** What is absent or null in JSON's way stays absent. */
function toAsked(value: { [field: string]: unknown }): AskedCommand {
  const present = Object.entries(value).filter(([, each]) => each !== undefined)
  return { agents: [], ...Object.fromEntries(present) } as unknown as AskedCommand
}

const isText = (value: unknown, chars_max: number): value is string =>
  typeof value === 'string' && value.isWellFormed() && charsOf(value, chars_max) <= chars_max

const isAgents = (value: unknown): value is string[] =>
  Array.isArray(value) &&
  value.length >= 1 &&
  value.length <= commandLimits.agents_max &&
  value.every(
    (id) =>
      typeof id === 'string' && id !== '' && id.isWellFormed() && utf8Length(id) <= limits.agent_id_bytes_max,
  )

const isWithin = (value: unknown, max: number): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max

function isScope(value: unknown): value is CommandScope {
  if (typeof value !== 'object' || value === null) return false
  const { kind, text, targets } = value as Partial<CommandScope>
  const isKind = kind === 'agents' || kind === 'where' || kind === 'all'
  return isKind && isText(text, 400) && isWithin(targets, 10_000_000)
}

/** The agent's word. A detail that is too long is cut: it is no reason to lose the acknowledgement. */
export function parseAckBody(body: unknown): Result<AckBody, RequestIssue> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return err(`the body must be an object, not ${nameOf(body)}`)
  const { outcome, detail } = body as { [field: string]: unknown }
  if (outcome !== undefined && outcome !== 'done' && outcome !== 'failed')
    return err('outcome: must be done or failed')
  if (detail !== undefined && typeof detail !== 'string') return err('detail: must be a text')
  return ok({
    ...(outcome === undefined ? {} : { outcome }),
    ...(detail === undefined ? {} : { detail: detail.toWellFormed().slice(0, detail_max) }),
  })
}

const detail_max = 500
