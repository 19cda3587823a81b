// The configuration file of the embedded nats-server, as text.

import type { Durability } from '../../core/config.ts'
import { type Permissions, permissionsOf, type Role, roles } from './permissions.ts'

export type BrokerSettings = {
  /** −1 lets the system choose; the ports file tells which. */
  port: number
  store_dir: string
  /** Where the server writes its pid and ports files. */
  run_dir: string
  log_file: string
  durability: Durability
  /** Bytes that the event stream may hold. */
  max_bytes: number
  passwords: Record<Role, string>
}

const mebibyte = 1024 * 1024

export function toBrokerConfig(settings: BrokerSettings): string {
  const { port, store_dir, run_dir, log_file, durability, max_bytes, passwords } = settings
  // BEACON_IN takes an eighth on top of the events (64 MiB at least); the rest is room for buckets and small streams.
  const maxFileStore = Math.ceil(max_bytes * 1.25) + 512 * mebibyte
  return `# Written by beacon daemon at each start. Changes are lost; use config.toml.
server_name: "beacon"
host: "127.0.0.1"
port: ${port}
ports_file_dir: ${quote(run_dir)}
pid_file: ${quote(`${run_dir}/nats-server.pid`)}
log_file: ${quote(log_file)}
log_size_limit: 10MB
log_max_num: 5
max_payload: 1MB
jetstream {
  store_dir: ${quote(store_dir)}
  # The broker's own default is an fsync each two minutes.
  sync_interval: ${durability === 'durable' ? 'always' : '"100ms"'}
  max_file_store: ${maxFileStore}
  max_memory_store: ${256 * mebibyte}
}
authorization {
  users: [
${roles.map((role) => toUser(role, passwords[role], permissionsOf[role])).join('\n')}
  ]
}
`
}

function toUser(role: Role, password: string, permissions: Permissions | undefined): string {
  const head = `    { user: ${role}, password: ${quote(password)}`
  if (!permissions) return `${head} }`
  const { publish, subscribe, answers } = permissions
  return `${head}, permissions: {
      publish: { allow: ${toList(publish.allow)} }
      subscribe: { allow: ${toList(subscribe.allow)} }${answers ? '\n      allow_responses: { max: 1, expires: "1m" }' : ''}
    } }`
}

const toList = (subjects: string[]): string => `[${subjects.map((subject) => quote(subject)).join(', ')}]`

/** Both escapes mean the same in the server's configuration language as in JSON. */
const quote = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
