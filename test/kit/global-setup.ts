// Once before the suite: the program is built and BEACON_NATS_SERVER names a nats-server.

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export function setup(): void {
  const built = spawnSync('sh', ['scripts/ready.sh', 'build'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  // tsc emits in spite of type errors: whoever works on one file can still test another. `npm test` builds strictly.
  if (built.status !== 0 && !existsSync(`${root}/dist/commands/main.js`)) throw new Error('the build failed')
  if (process.env.BEACON_NATS_SERVER) return
  const printed = execFileSync(process.execPath, ['bin/beacon.js', 'setup', '-o', 'json'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  process.env.BEACON_NATS_SERVER = (JSON.parse(printed) as { path: string }).path
}
