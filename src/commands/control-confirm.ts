// Asks the operator before more than one agent is met: the number has to be typed, so that nobody says yes to a number
// that was not read.

import { once } from 'node:events'
import { BeaconError } from '../core/errors.ts'
import type { CommandContext } from './command-context.ts'

/** Whether the number was typed. Throws usage where nobody can be asked. */
export async function confirmCount(
  { io, signal }: Pick<CommandContext, 'io' | 'signal'>,
  question: string,
  count: number,
): Promise<boolean> {
  if (!io.stdin.isTTY || !io.stderr.isTTY)
    throw new BeaconError(
      'usage',
      `this is about ${count.toLocaleString('en')} agents, and nobody can be asked`,
      {
        hint: 'Add --yes when it is meant; --dry-run shows which agents they are.',
      },
    )
  const { createInterface } = await import('node:readline/promises')
  // Without `terminal` the terminal itself edits the line, and Ctrl-C comes as a signal, as everywhere.
  const lines = createInterface({ input: io.stdin, output: io.stderr, terminal: false })
  try {
    const ended = once(lines, 'close').then(() => '')
    const answer = await Promise.race([
      lines.question(`${question} Type ${count} to go on: `, { signal }),
      ended,
    ])
    return answer.trim().replaceAll(',', '') === String(count)
  } finally {
    lines.close()
  }
}
