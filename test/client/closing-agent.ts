// A program of a test: uses every part of the SDK that owns a timer or a socket, closes, and should then end by itself.

import { connectBackbeat } from '../../src/client/backbeat.ts'

const [servers = '', cluster = ''] = process.argv.slice(2)
const agent = await connectBackbeat({ servers, cluster, agent_id: 'closing', timeout_ms: 300 })
agent.onBeat(() => undefined)
const degraded = Promise.withResolvers<void>()
agent.onBeat((beat) => {
  if (beat.degraded) degraded.resolve()
})
process.stdout.write('connected\n')
await degraded.promise
await agent.emitStatusClaim({ state: 'idle' })
const { outcome } = await agent.withBeatBudget(2, () => new Promise(() => {}))
void agent.withBeatBudget(1_000, () => new Promise(() => {}))
await agent.close()
process.stdout.write(`closed ${outcome}\n`)
