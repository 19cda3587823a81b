// Who may do what on the embedded nats-server: one row per role.

import { claimSubject, claimSubjects, eventsStream, ingestSubject, inSubjects } from '../../core/subjects.ts'

export const roles = ['service', 'operator', 'agent', 'reader'] as const
export type Role = (typeof roles)[number]

export type Permissions = {
  publish: { allow: string[] }
  subscribe: { allow: string[] }
  /** May answer a message that carries a reply subject, once, within a minute. */
  answers?: boolean
}

/**
 * Agents talk to the doors and nothing else: not `beacon.ev.>` (a gateway stamps and orders what goes there), not the
 * JetStream API. They share `_INBOX.>`, the prefix of every NATS client; the other roles have inboxes of their own
 * (`inboxPrefix`), so that no agent can listen to what an operator is told.
 */
const agent: Permissions = {
  publish: { allow: [inSubjects, claimSubjects, ingestSubject, claimSubject, 'backbeat.*.status'] },
  subscribe: { allow: ['_INBOX.>', 'backbeat.*.beat', 'backbeat.*.bar', 'beacon.cmd.>'] },
  answers: true,
}

/**
 * Reads everything, changes nothing. Creating a consumer on the event stream is how JetStream reads. The consumers of the
 * services have random names that a reader cannot list, so it can disturb only its own.
 */
const reader: Permissions = {
  publish: {
    allow: [
      '$SRV.>',
      '$JS.API.INFO',
      '$JS.API.STREAM.NAMES',
      '$JS.API.STREAM.LIST',
      '$JS.API.STREAM.INFO.*',
      `$JS.API.DIRECT.GET.${eventsStream}`,
      `$JS.API.DIRECT.GET.${eventsStream}.>`,
      `$JS.API.STREAM.MSG.GET.${eventsStream}`,
      ...['CREATE', 'DELETE', 'INFO', 'MSG.NEXT'].map((verb) => `$JS.API.CONSUMER.${verb}.${eventsStream}.>`),
      `$JS.API.CONSUMER.CREATE.${eventsStream}`,
      `$JS.ACK.${eventsStream}.>`,
      `$JS.FC.${eventsStream}.>`,
      'beacon.view.>',
      'beacon.history.>',
      'beacon.bars.>',
      'beacon.supervisor.status',
      'beacon.supervisor.*.status',
      'beacon.supervisor.*.gateways.ls',
      'backbeat.*.status',
    ],
  },
  subscribe: {
    allow: ['_INBOX.>', '_INBOX_reader.>', 'beacon.ev.>', 'beacon.view.>', 'beacon.cmd.>', 'backbeat.>'],
  },
}

/** A reader who also commands, sends events and scales. */
const operator: Permissions = {
  publish: {
    allow: [
      ...reader.publish.allow,
      ...agent.publish.allow,
      'beacon.cmd.>',
      'beacon.supervisor.>',
      'backbeat.*.tempo',
      '$JS.API.*.KV_beacon_commands',
      '$JS.API.*.*.KV_beacon_commands.>',
      '$KV.beacon_commands.>',
    ],
  },
  subscribe: { allow: [...reader.subscribe.allow, '_INBOX_operator.>', '$KV.beacon_commands.>'] },
  answers: true,
}

/** What a role may do; undefined means everything. */
export const permissionsOf: Record<Role, Permissions | undefined> = {
  service: undefined,
  operator,
  agent,
  reader,
}
