// `beacon agents`: the fleet as a list, now or as it was.

import {
  type AgentsDocument,
  type ListedAgent,
  listedFields,
  parseGroup,
  parseSort,
  toAgentsDocument,
  toFleetColumns,
} from '../core/agents-document.ts'
import { parseTime } from '../core/duration.ts'
import { BeaconError } from '../core/errors.ts'
import { fleetSorts, groupFields } from '../core/view.ts'
import { parseWhole } from '../core/whole.ts'
import { agentColumns, groupColumns, toFooter } from './agents-table.ts'
import type { CommandContext } from './command-context.ts'
import { defineCommand, flag, option } from './command-spec.ts'
import { printDocument, printRows } from './output.ts'
import { readExpression } from './read-expression.ts'

const agentsOnTerminal = 50

export const agentsCommand = defineCommand({
  name: 'agents',
  group: 'watch',
  summary: 'list the agents: how they are, what they do',
  description:
    'One line an agent, the last heard of first. On a terminal it begins with the first 50, into a pipe it lists all; a line on stderr tells how the fleet is.\n\n' +
    'The terms of an expression are joined by and: field:value, field:~regex, field>number, !term, or bare text, which is looked for in agent id and status. Fields are agent, status, health, kind, role, task, rate, errors, idle, lease, platform and meta.<key>.\n\n' +
    'In a list of more than 500 of a busy fleet the agents are not all of the same moment.',
  options: {
    where: option({
      flags: '--where',
      metavar: 'EXPR',
      help: 'Only agents that match: health:unhealthy idle>5m',
    }),
    needs: flag({ flags: '--needs', help: 'Only agents that need a person.' }),
    sort: option({
      flags: '--sort',
      metavar: 'COLUMN',
      help: 'By agent, health, needs, status, task, rate, errors, events, gaps, idle, since, seen or seq: the worst, highest, longest or newest first, texts from A.',
      choices: fleetSorts,
      parse: parseSort,
      default: 'seen',
    }),
    reverse: flag({ flags: '--reverse', help: 'The other way round.' }),
    limit: option({ flags: '-n, --limit', metavar: 'N', help: 'At most so many.', parse: parseWhole(1) }),
    group: option({
      flags: '--group',
      metavar: 'FIELD',
      help: 'Count the agents by health, needs, activity, status, task, kind, role or meta.<key> instead.',
      choices: groupFields,
      parse: parseGroup,
    }),
    at: option({
      flags: '--at',
      metavar: 'TIME',
      help: 'The fleet as it was: RFC 3339, or 10m for ten minutes ago.',
      parse: parseTime,
    }),
  },
  examples: [
    { command: 'beacon agents --needs', explains: 'who needs a person' },
    { command: "beacon agents --where 'health:unhealthy idle>5m'", explains: 'silent for five minutes' },
    { command: 'beacon agents --group status', explains: 'how many do what' },
    { command: 'beacon agents --sort rate -n 10 --at 1h', explains: 'the ten busiest of an hour ago' },
    { command: 'beacon agents -o csv > agents.csv', explains: 'all of them, for a spreadsheet' },
  ],
  exitCodes: { 3: 'nothing matched' },
  async run(context) {
    const { options, io } = context
    if (options.where !== undefined) readExpression(options.where, 'agent')
    const document = await fetchDocument(context)
    if (options.group === undefined) await printAgents(context, document)
    else await printGroups(context, document)
    if (document.matched === 0) throw nothing(document)
    if (context.output === 'table' || context.output === 'wide')
      for (const line of toFooter(document, options.where !== undefined || options.needs)) io.note(line)
  },
})

type Options = {
  where: string | undefined
  needs: boolean
  sort: (typeof fleetSorts)[number]
  reverse: boolean
  limit: number | undefined
  group: string | undefined
  at: number | undefined
}

async function fetchDocument(context: CommandContext<unknown, Options>): Promise<AgentsDocument> {
  const { options, io } = context
  const { where, needs, sort, reverse, group, at } = options
  const [{ connectDaemon }, { fetchFleetList }] = await Promise.all([
    import('./connect-daemon.ts'),
    import('../client/fetch-fleet-list.ts'),
  ])
  const nc = await connectDaemon(context, 'reader', 'beacon-agents')
  const all = io.isTty && context.output === 'table' ? agentsOnTerminal : Number.POSITIVE_INFINITY
  try {
    const list = await fetchFleetList(nc, {
      sort,
      reverse,
      needs,
      columns: toFleetColumns(listedFields),
      offset: 0,
      limit: group === undefined ? (options.limit ?? all) : 0,
      ...(where === undefined ? {} : { where }),
      ...(group === undefined ? {} : { group }),
      ...(at === undefined ? {} : { at_ms: at }),
    })
    return toAgentsDocument(list, listedFields)
  } finally {
    await nc.close()
  }
}

async function printAgents(context: CommandContext, { agents, ...rest }: AgentsDocument): Promise<void> {
  const { io, output } = context
  // Nobody wants the heading alone, but a program wants its document.
  if (agents.length === 0 && (output === 'table' || output === 'wide')) return
  const { schema: _, ...document } = rest
  // Every field was asked for.
  await printRows(context, agents as ListedAgent[], {
    name: 'agents',
    columns: agentColumns(cellsOf(io)),
    document,
  })
}

async function printGroups(context: CommandContext, document: AgentsDocument): Promise<void> {
  const { schema: _, agents: __, ...fields } = document
  if (context.output === 'json') return await printDocument(context, fields, { name: 'agents' })
  const groups = (document.groups ?? []).slice(0, (context.options as Options).limit)
  if (groups.length > 0)
    await printRows(context, groups, { name: 'groups', columns: groupColumns(cellsOf(context.io)) })
}

const cellsOf = ({ isTty, columns }: CommandContext['io']): number =>
  isTty ? columns : Number.POSITIVE_INFINITY

function nothing({ totals }: AgentsDocument): BeaconError {
  if (totals.agents > 0)
    return new BeaconError('not_found', `none of ${totals.agents.toLocaleString('en')} agents matches`, {
      hint: 'Widen the expression; `beacon agents --group status` shows what there is.',
    })
  return new BeaconError('not_found', 'no agent was heard of', {
    hint: 'Send something: `beacon emit --agent agent-001 --status running`, or `beacon sim --agents 10`.',
  })
}
