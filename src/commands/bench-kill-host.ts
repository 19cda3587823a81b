// A process of `beacon bench kill` that holds many agents, each a real program under the runner of `beacon run`.

import { type Agent, connectAgent } from '../client/agent.ts'
import { runAsAgent } from '../client/runner/run-as-agent.ts'

/** What the bench sends first: the door, and the agents to run. */
export type HostOrder = { url: string; agents: string[] }
/** `ready` when every agent is connected; `gone` with the wall clock's time when a program has ended; `failed` when one cannot run. */
export type HostNews =
  | { type: 'ready' }
  | { type: 'gone'; agent: string; at_ms: number }
  | { type: 'failed'; reason: string }

const heartbeat_ms = 60_000
/** Should the bench itself be killed, nothing of it stays for long. */
const program: [string, string] = ['sleep', '120']
const together = 20

const now = (): number => performance.timeOrigin + performance.now()
const tell = (news: HostNews): void => void (process.connected && process.send?.(news))

// Each runner listens for the signals that it hands on.
process.setMaxListeners(0)

process.once('message', ({ url, agents }: HostOrder) => {
  void startAll(url, agents).then(
    () => tell({ type: 'ready' }),
    (error: Error) => tell({ type: 'failed', reason: error.message }),
  )
})
process.once('disconnect', () => process.exit())

async function startAll(url: string, agents: string[]): Promise<void> {
  for (let i = 0; i < agents.length; i += together)
    await Promise.all(agents.slice(i, i + together).map((agent) => start(url, agent)))
}

/** Resolves when the agent is connected. */
function start(url: string, agent_id: string): Promise<void> {
  const connected = Promise.withResolvers<void>()
  const running = runAsAgent({
    words: program,
    env: process.env,
    capture: null,
    agent: { url, agent_id, heartbeat_interval_ms: heartbeat_ms },
    async connect(options) {
      const agent = await connectAgent(options)
      if (agent.connected) connected.resolve()
      else connected.reject(new Error(`${agent_id} is not connected`))
      return tellClose(agent)
    },
    pause_signal: false,
    fail_closed: false,
    note() {},
    detail() {},
  })
  running.catch(connected.reject)
  return connected.promise
}

/** The runner closes its agent when nothing is left of the program. */
const tellClose = (agent: Agent): Agent =>
  Object.assign(Object.create(agent), {
    close(...last: Parameters<Agent['close']>) {
      tell({ type: 'gone', agent: agent.agent_id, at_ms: now() })
      return agent.close(...last)
    },
  }) as Agent
