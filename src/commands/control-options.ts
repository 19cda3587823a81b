// The arguments and options that kill, pause and resume share.

import type { AskedTargets } from '../client/find-targets.ts'
import { parseDuration } from '../core/duration.ts'
import { BeaconError } from '../core/errors.ts'
import { commandLimits } from '../core/order.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { CommandContext } from './command-context.ts'
import { argument, flag, option } from './command-spec.ts'
import { readExpression } from './read-expression.ts'

export const controlArguments = {
  ids: argument({ metavar: 'ID', help: 'The agents.', many: true }),
}

export const controlOptions = {
  where: option({ flags: '--where', metavar: 'EXPR', help: 'All agents that match: role:crawler errors>10' }),
  all: flag({ flags: '--all', help: 'All agents.' }),
  installation: option({
    flags: '--installation',
    metavar: 'ID',
    help: 'Only this process of the one agent that is named.',
  }),
  reason: option({
    flags: '--reason',
    metavar: 'TEXT',
    help: 'Why: the agents are told, and it stays in the audit trail.',
    parse: parseReason,
    required: true,
  }),
  timeout: option({
    flags: '--timeout',
    metavar: 'DURATION',
    help: 'How long to wait until every agent confirmed.',
    parse: parseDuration,
    default: '5s',
  }),
  yes: flag({ flags: '--yes', help: 'Do not ask before more than one agent.' }),
  dryRun: flag({ flags: '--dry-run', help: 'Only show which agents are meant.' }),
}

export const controlExitCodes = {
  0: 'every agent confirmed, or was seen gone',
  1: 'not every agent confirmed in time, or the question was not answered with the number',
  3: 'no such agent, or none matches',
  5: 'not allowed',
}

export type ControlContext = CommandContext<
  { ids: string[] },
  {
    where: string | undefined
    all: boolean
    installation: string | undefined
    reason: string
    timeout: number
    yes: boolean
    dryRun: boolean
  }
>

/** One of the three ways to name agents. Throws usage, and expression_invalid. */
export function readTargets({ args: { ids }, options }: ControlContext): AskedTargets {
  const { where, all, installation } = options
  const ways = [ids.length > 0, where !== undefined, all].filter(Boolean).length
  if (ways !== 1)
    throw new BeaconError('usage', `name agents, or --where, or --all${ways === 0 ? '' : ': one of them'}`)
  if (installation !== undefined && ids.length !== 1)
    throw new BeaconError('usage', '--installation is of one agent, which has to be named as well')
  if (all) return { kind: 'all' }
  if (where === undefined) return { kind: 'agents', ids }
  readExpression(where, 'agent')
  return { kind: 'where', where }
}

function parseReason(text: string): Result<string, string> {
  const reason = text.trim()
  const chars_max = commandLimits.reason_chars_max
  if (reason === '') return err('says nothing')
  return reason.length <= chars_max ? ok(reason) : err(`is longer than ${chars_max} characters`)
}
