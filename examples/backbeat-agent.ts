// An agent that keeps time: at each downbeat it takes a task, works on it for at most four beats, and says how it went.
//
//   BACKBEAT_NATS=$(cat "$BEACON_HOME/credentials/agent.url") node examples/backbeat-agent.ts agent-007
//
// In a project that has Beacon installed, import from 'beacon/backbeat'.

import { setTimeout as sleep } from 'node:timers/promises'
import { connectBackbeat } from '../src/client/backbeat.ts'

const agent = await connectBackbeat({
  servers: process.env.BACKBEAT_NATS ?? 'nats://127.0.0.1:4222',
  cluster: process.env.BACKBEAT_CLUSTER ?? 'beacon',
  agent_id: process.argv[2] ?? 'agent-007',
})

agent.onBeat(({ beat_index, degraded }) => {
  if (degraded) process.stdout.write(`beat ${beat_index}, counted here: the pulse is away\n`)
})

agent.onDownbeat(async ({ from_beat }) => {
  const task_id = `task-${from_beat}`
  await agent.emitStatusClaim({ state: 'executing', task_id, beats_left: 4, progress: 0 })
  const work = await agent.withBeatBudget(4, (signal) => doTask(signal))
  const state = work.outcome === 'done' ? 'completed' : 'failed'
  const { claim, seq } = await agent.emitStatusClaim({
    state,
    task_id,
    progress: work.outcome === 'done' ? 1 : 0.5,
  })
  process.stdout.write(
    `${task_id} ${state} after ${work.beats_used.toFixed(1)} beats: claim ${seq} for beat ${claim.beat_index}\n`,
  )
})

process.once('SIGINT', () => void agent.close())
process.once('SIGTERM', () => void agent.close())

/** Takes one to three seconds; ends early when its budget does. */
const doTask = (signal: AbortSignal): Promise<void> =>
  sleep(1_000 + Math.random() * 2_000, undefined, { signal })
