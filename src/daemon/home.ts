// The folder of one instance and the places in it. Two homes are two independent instances.

import { join } from 'node:path'

export type Home = {
  root: string
  config: string
  credentials: string
  broker: string
  archive: string
  fleet: string
  runs: string
  agents: string
  run: string
  logs: string
}

export function toHome(root: string): Home {
  return {
    root,
    /** config.toml */
    config: join(root, 'config.toml'),
    /** One NATS URL per role, mode 0600: service.url, operator.url, agent.url, reader.url. */
    credentials: join(root, 'credentials'),
    /** nats-server.conf, its pid and ports files, its JetStream store. */
    broker: join(root, 'broker'),
    /** One LMDB environment per time partition. */
    archive: join(root, 'archive'),
    /** Checkpoints of the live picture, a file each. */
    fleet: join(root, 'fleet'),
    /** Ledgers of simulator runs. */
    runs: join(root, 'runs'),
    /** Credentials and spools of agents that `beacon run` runs, mode 0700: `<agent>/<n>`. */
    agents: join(root, 'agents'),
    /** daemon.lock, daemon.json (endpoints), state.json (services). */
    run: join(root, 'run'),
    logs: join(root, 'logs'),
  }
}
