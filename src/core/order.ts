// A command and its orders: what an operator asks of agents, and the steps that each target takes. Steps only go up.

export const commandNames = ['pause', 'resume', 'terminate', 'revoke'] as const
export type CommandName = (typeof commandNames)[number]

export const orderSteps = ['requested', 'delivered', 'acknowledged', 'gone', 'failed'] as const
export type OrderStep = (typeof orderSteps)[number]

/**
 * How an order ended; null while it has not. `confirmed` pause or resume was acknowledged; `gone` said goodbye;
 * `already_gone` was stopped before; `lease_expired` fell silent; `superseded` by a later order; `failed` could not.
 */
export type OrderOutcome = 'confirmed' | 'gone' | 'already_gone' | 'lease_expired' | 'superseded' | 'failed'

/** What was asked for, in the operator's words, and how many agents that was. */
export type CommandScope = { kind: 'agents' | 'where' | 'all'; text: string; targets: number }

/** One order: the value in the bucket `beacon_commands`, and what is pushed on `beacon.cmd.<agent>` and over SSE. Times are RFC 3339. */
export type Order = {
  schema: 'beacon.order.v1'
  command_id: string
  command: CommandName
  agent_id: string
  /** Null for an agent that never registered: it hears of it on `beacon.cmd.<agent>` only. */
  installation_id: string | null
  reason: string
  by: string
  scope: CommandScope
  /** After it whoever runs the agent ends it by force. */
  shutdown_timeout_ms: number
  requested_at: string
  delivered_at: string | null
  /** How it reached the agent. */
  via: 'sse' | 'nats' | 'heartbeat' | null
  acknowledged_at: string | null
  gone_at: string | null
  failed_at: string | null
  outcome: OrderOutcome | null
  /** In words: an exit status, why it failed. */
  detail: string | null
  /** The steps that this revision adds: what the audit writes down. */
  news: OrderStep[]
}

/** `beacon.commands.request`, POST /api/v1/commands (there also `where` or `all` in place of `agents`). */
export type CommandRequest = {
  /** Names the command, so that asking again changes nothing; made up when absent. */
  command_id?: string
  command: CommandName
  reason: string
  /** Agent ids, at most 1,000 a request; more go as further requests with the same `command_id`. */
  agents: string[]
  /** One installation of one agent only. */
  installation_id?: string
  scope?: CommandScope
  /** Who asks, over NATS; over HTTP the token says it. */
  by?: string
  shutdown_timeout_ms?: number
  /** Answers with what would be ordered. */
  dry_run?: boolean
}

export type CommandAnswer = {
  schema: 'beacon.command.v1'
  command_id: string
  command: CommandName
  dry_run: boolean
  /** One per installation of each agent, as it stands now; those that ended at once have an outcome. */
  orders: Order[]
  /** Agents that Beacon never heard of. */
  unknown: string[]
}

/** One command with its orders counted: a line of the Control view. */
export type CommandSummary = {
  command_id: string
  command: CommandName
  reason: string
  by: string
  scope: CommandScope
  requested_at: string
  /** The last step of any of its orders. */
  changed_at: string
  orders: number
  delivered: number
  acknowledged: number
  gone: number
  failed: number
  /** Orders that have an outcome. */
  ended: number
}

/** `beacon.commands.ls` `{limit?}`: the newest first. */
export type CommandsDocument = { schema: 'beacon.commands.v1'; commands: CommandSummary[]; open: number }

/** `beacon.commands.show` `{command_id, offset?, limit?}`: open orders first. */
export type CommandDocument = { schema: 'beacon.command.v1'; summary: CommandSummary; orders: Order[] }

/** `beacon.commands.ack`, POST /api/v1/installations/:id/commands/:command_id: the agent's word. */
export type AckBody = { outcome?: 'done' | 'failed'; detail?: string }

export const commandSubjects = {
  request: 'beacon.commands.request',
  ls: 'beacon.commands.ls',
  show: 'beacon.commands.show',
  /** AckBody with `installation_id` and `command_id`, and the runtime token in an `Authorization` header. */
  ack: 'beacon.commands.ack',
  /** Orders as they are given, by agent token. */
  push: 'beacon.cmd',
  /** Told by the aggregator: `EndedAgents`. */
  ended: 'beacon.agents.ended',
  /** Said by a gateway each half second while it cannot store heartbeats. */
  deaf: 'beacon.gateway.deaf',
} as const

/** Agents that stopped, or whose lease ran out, since the message before. */
export type EndedAgents = { agents: { agent_id: string; how: 'stopped' | 'lease_expired'; at_ms: number }[] }

export const commandsBucket = 'beacon_commands'
/** What changes in the bucket passes by here as plain messages: `$KV.beacon_commands.<key>`. */
export const orderSubject = `$KV.${commandsBucket}`

export const commandLimits = {
  reason_chars_max: 256,
  agents_max: 1_000,
  shutdown_timeout_ms_max: 600_000,
} as const
