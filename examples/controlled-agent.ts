// An agent under control: it works on one task after the other, rests while it is paused, and ends when it is told to.
//
//   BEACON_TOKEN=skt_… node examples/controlled-agent.ts agent-007
//
// On the machine of the daemon it needs no token. In a project that has Beacon installed, import from 'beacon/agent'.

import { setTimeout as sleep } from 'node:timers/promises'
import { connectAgent } from '../src/client/agent.ts'

const ending = new AbortController()
let resting = false
let tasks = 0

const { BEACON_URL: url = 'http://127.0.0.1:8000', BEACON_TOKEN: token } = process.env
const agent = await connectAgent({
  url,
  agent_id: process.argv[2] ?? 'agent-007',
  heartbeat_interval_ms: 10_000,
  ...(token && { token }),
  metrics: () => ({ requests_handled: tasks }),
  onCommand({ command, reason }) {
    process.stdout.write(`${command}: ${reason}\n`)
    if (command === 'pause' || command === 'resume') resting = command === 'pause'
    else ending.abort(reason)
  },
  onConnection({ connected, reason }) {
    if (!connected) process.stdout.write(`Beacon is away, the work goes on: ${reason}\n`)
  },
})
process.once('SIGINT', () => ending.abort('SIGINT'))
process.once('SIGTERM', () => ending.abort('SIGTERM'))

while (!ending.signal.aborted) {
  if (resting) await sleep(200)
  else await work(`task-${++tasks}`)
}
await agent.close({ reason: String(ending.signal.reason) })

async function work(task: string): Promise<void> {
  agent.status('working', { task })
  await sleep(1_000 + Math.random() * 2_000, undefined, { signal: ending.signal }).catch(() => {})
  agent.status(ending.signal.aborted ? 'aborted' : resting ? 'paused' : 'idle', { task })
}
