// Who may do what on the embedded nats-server: one row per role.

import { installationSubjects } from '../../core/installation.ts'
import { commandSubjects, orderSubject } from '../../core/order.ts'
import { claimSubject, claimSubjects, eventsStream, ingestSubject, inSubjects } from '../../core/subjects.ts'
import { tokenSubjects } from '../../core/token.ts'

export const roles = ['service', 'admin', 'operator', 'agent', 'reader'] as const
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
  publish: {
    allow: [
      ...[inSubjects, claimSubjects, ingestSubject, claimSubject, 'backbeat.*.status'],
      ...Object.values(installationSubjects),
      commandSubjects.ack,
    ],
  },
  subscribe: { allow: ['_INBOX.>', 'backbeat.*.beat', 'backbeat.*.bar', `${commandSubjects.push}.>`] },
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
      commandSubjects.ls,
      commandSubjects.show,
      'beacon.supervisor.status',
      'beacon.supervisor.*.status',
      'beacon.supervisor.*.gateways.ls',
      'backbeat.*.status',
    ],
  },
  subscribe: {
    allow: [
      '_INBOX.>',
      '_INBOX_reader.>',
      'beacon.ev.>',
      'beacon.view.>',
      `${commandSubjects.push}.>`,
      // What is written to the bucket of orders, as it is written.
      `${orderSubject}.>`,
      'backbeat.>',
    ],
  },
}

/**
 * A reader who also commands, sends events and scales. An order is asked for and not written: only the services write the
 * buckets and push, so that no step is made up and each has its place in the audit.
 */
const operator: Permissions = {
  publish: {
    allow: [
      ...reader.publish.allow,
      ...agent.publish.allow,
      commandSubjects.request,
      'beacon.supervisor.>',
      'backbeat.*.tempo',
    ],
  },
  subscribe: { allow: [...reader.subscribe.allow, '_INBOX_operator.>'] },
  answers: true,
}

/** An operator who also says who may come in. */
const admin: Permissions = {
  publish: { allow: [...operator.publish.allow, ...Object.values(tokenSubjects)] },
  subscribe: { allow: [...reader.subscribe.allow, '_INBOX_admin.>'] },
  answers: true,
}

/** What a role may do; undefined means everything. */
export const permissionsOf: Record<Role, Permissions | undefined> = {
  service: undefined,
  admin,
  operator,
  agent,
  reader,
}
