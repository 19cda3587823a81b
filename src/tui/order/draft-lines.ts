// The command that is about to be given, over the view's last lines: who, how many in numbers, what it means, and why.

import { leaseLimits } from '../../core/installation.ts'
import { formatCount } from '../format.ts'
import { type Piece, toLine, toRule, toSafeText } from '../line.ts'
import type { Model } from '../model.ts'
import type { Paint } from '../paint.ts'
import { commandWords, type Draft, type DraftCommand, describeAgents, targetsOf } from './draft.ts'

/** At most so many lines, of which one is a rule. */
export function draftLines({ columns }: Model, draft: Draft, rows: number, paint: Paint): string[] {
  const { command, agents, reason, sending } = draft
  const title = `${commandWords[command]} ${toSafeText(describeAgents(agents))}`
  const line = (label: string, ...pieces: Piece[]): string =>
    toLine([[`  ${label.padEnd(8)}`, paint.dim], ...pieces], columns)
  const lines = [
    toRule(title, sending ? 'sending …' : 'esc leaves it', columns, paint.dim, paint.bold),
    line('scope', ...scopePieces(draft, paint)),
    line('means', [meanings[command]]),
    ...(reason === '' ? [] : [line('reason', [toSafeText(reason)])]),
    ...(agents.length === 1 ? [] : [line('who', [toSafeText(someOf(agents))])]),
  ]
  return rows < 3 ? [] : lines.slice(0, rows)
}

const force_s = leaseLimits.shutdown_timeout_ms / 1_000

const meanings: Record<DraftCommand, string> = {
  terminate: `it is told to end, and whoever runs it ends it by force after ${force_s} s; it cannot be resumed`,
  pause: 'it takes no new tasks; what it has begun goes on, and C resumes it',
  resume: 'it takes tasks again',
}

/** `12 agents, 14 installations, 2 already gone, 1 never registered, 3 unknown` */
function scopePieces(draft: Draft, paint: Paint): Piece[] {
  const { preview, error, command } = draft
  if (error !== null) return [[toSafeText(error), paint.bad]]
  if (!preview) return [['asking Beacon …', paint.dim]]
  const { orders, unknown } = preview
  const count = (some: number, one: string, many: string): string =>
    `${formatCount(some)} ${some === 1 ? one : many}`
  const registered = orders.filter(({ installation_id }) => installation_id !== null).length
  const bare = orders.length - registered
  const gone = orders.filter(({ outcome }) => outcome === 'already_gone').length
  const numbers = [
    count(targetsOf(draft).length, 'agent', 'agents'),
    count(registered, 'installation', 'installations'),
  ].join(', ')
  const notes: Piece[] = [
    [gone === 0 ? '' : `, ${formatCount(gone)} already gone`, paint.dim],
    [bare === 0 ? '' : `, ${formatCount(bare)} never registered: told over NATS only`, paint.warn],
    [unknown.length === 0 ? '' : `, ${formatCount(unknown.length)} unknown and left out`, paint.warn],
  ]
  return [[numbers, command === 'terminate' ? paint.bad : paint.bold], ...notes]
}

const shown_max = 50

const someOf = (agents: readonly string[]): string => {
  const more = agents.length - shown_max
  return agents.slice(0, shown_max).join('  ') + (more > 0 ? `  and ${formatCount(more)} more` : '')
}
