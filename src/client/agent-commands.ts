// What operators ask of this agent: each command once to its handler, however often it comes, and its outcome back.

import { bodyLimits } from '../core/installation-bodies.ts'
import type { AckBody } from '../core/order.ts'
import type { AgentCommand } from './agent-options.ts'

export type AgentCommands = {
  /** A command as it came, by whichever way. */
  take(command: AgentCommand): void
  /** Commands that are done, for the next heartbeat to say so again: what it carried is passed to `told`. */
  untold(): string[]
  told(commandIds: string[]): void
  /** Says again what did not arrive. */
  retry(): void
  /** A pause was carried out, and no resume since. */
  readonly paused: boolean
  /** A terminate or revoke came. */
  readonly ended: boolean
}

export type AgentCommandsOptions = {
  handle: ((command: AgentCommand) => void | Promise<void>) | undefined
  /** Rejects when it did not arrive, and resolves when it need not be said again. */
  acknowledge(commandId: string, body: AckBody): Promise<void>
  /** A pause or resume was carried out. */
  onPaused(): void
}

/** Commands that are remembered: one that comes again after so many others would be new. */
const kept_max = 1_000
const detailChars_max = 256

/** `outcome` is undefined while the handler works. */
type Known = { outcome: AckBody | undefined; told: boolean }

export function makeAgentCommands(options: AgentCommandsOptions): AgentCommands {
  const known = new Map<string, Known>()
  let paused = false
  let ended = false
  /** Pause and resume, one after the other. */
  let turn = Promise.resolve()

  async function carryOut(command: AgentCommand, entry: Known): Promise<void> {
    entry.outcome = await outcomeOf(command)
    if (entry.outcome.outcome === 'done' && !isLast(command)) {
      paused = command.command === 'pause'
      options.onPaused()
    }
    await tell(command.command_id, entry)
  }

  async function outcomeOf(command: AgentCommand): Promise<AckBody> {
    if (!options.handle) return { outcome: 'failed', detail: 'the agent has no onCommand' }
    try {
      await options.handle(command)
      return { outcome: 'done' }
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      return { outcome: 'failed', detail: detail.slice(0, detailChars_max) }
    }
  }

  async function tell(commandId: string, entry: Known): Promise<void> {
    if (entry.told || !entry.outcome) return
    try {
      await options.acknowledge(commandId, entry.outcome)
      entry.told = true
    } catch {
      // The next heartbeat says it, or is followed by another attempt.
    }
  }

  return {
    take(command) {
      const before = known.get(command.command_id)
      if (before) {
        // Beacon says it again because it did not hear.
        before.told = false
        void tell(command.command_id, before)
        return
      }
      const entry: Known = { outcome: undefined, told: false }
      known.set(command.command_id, entry)
      const [oldest] = known.keys()
      if (known.size > kept_max && oldest !== undefined) known.delete(oldest)
      if (isLast(command)) {
        ended = true
        void carryOut(command, entry)
      } else turn = turn.then(() => carryOut(command, entry))
    },
    untold: () =>
      [...known]
        .filter(([, { outcome, told }]) => outcome?.outcome === 'done' && !told)
        .map(([id]) => id)
        .slice(0, bodyLimits.acknowledged_max),
    told(commandIds) {
      for (const id of commandIds) {
        const entry = known.get(id)
        if (entry) entry.told = true
      }
    },
    retry() {
      for (const [id, entry] of known) void tell(id, entry)
    },
    get paused() {
      return paused
    },
    get ended() {
      return ended
    },
  }
}

/** It waits for no other, and nothing comes after it. */
const isLast = ({ command }: AgentCommand): boolean => command === 'terminate' || command === 'revoke'
