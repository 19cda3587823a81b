// A command that the operator is about to give: who it is for, what a dry run said of them, and why.

import { type CommandAnswer, type CommandName, type CommandRequest, commandLimits } from '../../core/order.ts'
import { formatCount } from '../format.ts'
import { toSafeText } from '../line.ts'

/** What the keys of the screen can order. */
export type DraftCommand = Exclude<CommandName, 'revoke'>

export type Draft = {
  command: DraftCommand
  /** Ids of the marked agents, or of the selected one: what is marked later is not meant. */
  agents: readonly string[]
  reason: string
  /** What a dry run said; null until it did. */
  preview: CommandAnswer | null
  /** Why there is no preview, or why it was not sent, in words. Not escaped. */
  error: string | null
  sending: boolean
  /** Tells this draft's answers from those of one before. */
  begun_ms: number
}

/** As people call it. */
export const commandWords: Record<CommandName, string> = {
  terminate: 'kill',
  revoke: 'revoke',
  pause: 'pause',
  resume: 'resume',
}

/** Those that Beacon knows: the others get nothing. */
export function targetsOf({ agents, preview }: Draft): readonly string[] {
  if (!preview || preview.unknown.length === 0) return agents
  const unknown = new Set(preview.unknown)
  return agents.filter((agent) => !unknown.has(agent))
}

/** What is typed to confirm: the id of one agent, or the count of several. */
export function confirmationOf(draft: Draft): string {
  const targets = targetsOf(draft)
  const [only] = targets
  return only !== undefined && targets.length === 1 ? toSafeText(only) : String(targets.length)
}

/** `agent-1`, or `12 agents`. */
export function describeAgents(agents: readonly string[]): string {
  const [only] = agents
  return only !== undefined && agents.length === 1 ? only : `${formatCount(agents.length)} agents`
}

export const toPreviewRequest = ({ command, agents }: Draft): CommandRequest => ({
  command,
  agents: [...agents],
  reason: 'dry run',
  dry_run: true,
})

/** Carries the id that the dry run was given, so that sending it again changes nothing. */
export function toRequest(draft: Draft): CommandRequest {
  const { command, reason, preview } = draft
  const agents = [...targetsOf(draft)]
  return {
    command,
    agents,
    reason,
    scope: { kind: 'agents', text: describeAgents(agents), targets: agents.length },
    ...(preview ? { command_id: preview.command_id } : {}),
  }
}

/** What is wrong with a reason, if anything is. */
export function judgeReason(reason: string): string | null {
  const max = commandLimits.reason_chars_max
  return reason.length > max ? `${formatCount(reason.length)} characters: at most ${max}` : null
}
