// Carries out what an operator asks of a program that runs as an agent.

import type { Agent, AgentCommand } from '../agent-options.ts'
import type { Program } from './program.ts'

export type ObeyOptions = {
  program: Promise<Program>
  agent(): Promise<Agent | undefined>
  /** A pause stops the program's processes; otherwise it is only reported. */
  pause_signal: boolean
  note(line: string): void
}

/**
 * Resolves when the order is carried out; for an end when it has begun, since the end is seen for itself. Rejects when the
 * program cannot be started.
 */
export function obeyOrders({
  program,
  agent,
  pause_signal,
  note,
}: ObeyOptions): (command: AgentCommand) => Promise<void> {
  let paused = false
  return async ({ command, reason, by, shutdown_timeout_ms }) => {
    const running = await program
    note(`${command} by ${by}: ${reason}`)
    if (command === 'terminate' || command === 'revoke') {
      running.end({ by, reason }, shutdown_timeout_ms)
      return
    }
    const pausing = command === 'pause'
    if (paused === pausing) return
    paused = pausing
    if (pause_signal) await running.halt(pausing)
    const metadata = { reason, by, processes_stopped: pausing && pause_signal }
    ;(await agent())?.status(pausing ? 'paused' : 'running', metadata)
  }
}
