// `beacon token`: makes, lists and revokes the tokens that let others in through the HTTP door.

import { userInfo } from 'node:os'
import type { NatsConnection } from '@nats-io/nats-core'
import { tokenRoles } from '../core/access.ts'
import { parseDuration } from '../core/duration.ts'
import { escapeControl } from '../core/escape.ts'
import { ok, type Result } from '../core/result.ts'
import type { TokenDocument } from '../core/token.ts'
import type { CommandContext } from './command-context.ts'
import { argument, defineCommand, option } from './command-spec.ts'
import { type Column, printDocument, printRows } from './output.ts'

const parseTtl = (text: string): Result<number | null, string> =>
  text === 'never' ? ok(null) : parseDuration(text)

const createCommand = defineCommand({
  name: 'create',
  summary: 'make a token, and show it this once',
  description:
    'Beacon keeps a hash only, so the token cannot be shown again. It goes to stdout and all else to stderr, so that `$(beacon token create …)` is the token.\n\n' +
    'install registers agents; ingest sends events; read reads; operate reads, sends events and commands agents; admin may do everything.',
  options: {
    role: option({
      flags: '--role',
      metavar: 'ROLE',
      help: 'What it allows.',
      choices: tokenRoles,
      required: true,
    }),
    agent: option({
      flags: '--agent',
      metavar: 'ID',
      help: 'Only for this agent, or for all whose ids begin with what stands before a final *.',
    }),
    ttl: option({
      flags: '--ttl',
      metavar: 'DURATION',
      help: 'How long it is good for; `never` ends only by revocation.',
      parse: parseTtl,
      default: '90d',
    }),
    label: option({
      flags: '--label',
      metavar: 'TEXT',
      help: 'What people call it; stands in the audit.',
      default: '',
    }),
  },
  examples: [
    {
      explains: 'for a program that sends events of one team',
      command: "beacon token create --role ingest --agent 'team-a-*'",
    },
    {
      explains: 'for a dashboard, for a day',
      command: 'beacon token create --role read --ttl 1d --label dashboard',
    },
  ],
  async run(context) {
    const { role, agent, ttl, label } = context.options
    const { createToken } = await import('../client/tokens-client.ts')
    const created = await asAdmin(context, (nc) =>
      createToken(nc, { role, agents: agent ?? null, label, ttl_ms: ttl, created_by: userInfo().username }),
    )
    await printDocument(context, created, { name: 'token', text: () => `${created.token}\n` })
  },
})

const lsCommand = defineCommand({
  name: 'ls',
  summary: 'list the tokens, those that ended included',
  description: 'The newest first. A token itself cannot be shown: Beacon does not have it.',
  examples: [{ explains: 'list them', command: 'beacon token ls' }],
  async run(context) {
    const { fetchTokens } = await import('../client/tokens-client.ts')
    const tokens = await asAdmin(context, fetchTokens)
    const now = context.now()
    await printRows<TokenDocument>(context, tokens, { name: 'tokens', columns: toColumns(now) })
  },
})

const revokeCommand = defineCommand({
  name: 'revoke',
  summary: 'end a token at once',
  description:
    'Every gateway refuses it from then on. Installations that it registered have tokens of their own and go on.',
  arguments: {
    id: argument({ metavar: 'TOKEN_ID', help: 'As `beacon token ls` shows it.', required: true }),
  },
  examples: [{ explains: 'end one', command: 'beacon token revoke 3f2a9c0d51b7e684' }],
  exitCodes: { 3: 'no such token' },
  async run(context) {
    const { revokeToken } = await import('../client/tokens-client.ts')
    const token = await asAdmin(context, (nc) => revokeToken(nc, context.args.id))
    await printDocument(context, token, {
      name: 'token',
      text: () => `token ${token.token_id} was revoked at ${token.revoked_at}\n`,
    })
  },
})

export const tokenCommand = defineCommand({
  name: 'token',
  group: 'instance',
  summary: 'make, list and revoke the tokens of the HTTP door',
  description:
    'Over loopback no token is needed unless the setting `auth` is `required`; beyond loopback always. docs/security.md says which role may do what.',
  examples: [],
  subcommands: [createCommand, lsCommand, revokeCommand],
})

async function asAdmin<Answer>(
  context: Pick<CommandContext, 'home' | 'nats'>,
  ask: (nc: NatsConnection) => Promise<Answer>,
): Promise<Answer> {
  const { connectDaemon } = await import('./connect-daemon.ts')
  const nc = await connectDaemon(context, 'admin', 'beacon-token')
  try {
    return await ask(nc)
  } finally {
    await nc.close()
  }
}

const toColumns = (now_ms: number): Column<TokenDocument>[] => [
  { name: 'token_id', heading: 'ID', value: (token) => token.token_id },
  { name: 'role', value: (token) => token.role },
  {
    name: 'agents',
    value: (token) => token.agents ?? '',
    text: (token) => escapeControl(token.agents ?? 'all'),
    shrinks: true,
  },
  { name: 'state', value: (token) => toState(token, now_ms) },
  {
    name: 'expires_at',
    heading: 'EXPIRES',
    value: (token) => token.expires_at,
    text: (token) => token.expires_at ?? 'never',
  },
  {
    name: 'label',
    value: (token) => token.label,
    text: (token) => escapeControl(token.label),
    shrinks: true,
  },
  { name: 'created_at', value: (token) => token.created_at, wide: true },
  {
    name: 'created_by',
    value: (token) => token.created_by,
    text: (token) => escapeControl(token.created_by),
    wide: true,
  },
  { name: 'revoked_at', value: (token) => token.revoked_at, wide: true },
]

function toState({ revoked_at, expires_at }: TokenDocument, now_ms: number): 'live' | 'revoked' | 'expired' {
  if (revoked_at !== null) return 'revoked'
  return expires_at !== null && Date.parse(expires_at) <= now_ms ? 'expired' : 'live'
}
