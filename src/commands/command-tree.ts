// The whole command line as one value: the parser, the help, the man pages and the completions are made from it.

import { agentCommand } from './agent.ts'
import { agentsCommand } from './agents.ts'
import { barsCommand } from './bars.ts'
import { beatCommand } from './beat.ts'
import { benchCommand } from './bench.ts'
import { claimCommand } from './claim.ts'
import { type CommandSpec, defineCommand } from './command-spec.ts'
import { completionCommand } from './completion.ts'
import { configCommand } from './config.ts'
import { daemonCommand } from './daemon.ts'
import { doctorCommand } from './doctor.ts'
import { emitCommand } from './emit.ts'
import { gatewayCommand } from './gateway.ts'
import { historyCommand } from './history.ts'
import { ingestCommand } from './ingest.ts'
import { killCommand } from './kill.ts'
import { pauseCommand } from './pause.ts'
import { queryCommand } from './query.ts'
import { resumeCommand } from './resume.ts'
import { runCommand } from './run.ts'
import { setupCommand } from './setup.ts'
import { simCommand } from './sim.ts'
import { tailCommand } from './tail.ts'
import { tempoCommand } from './tempo.ts'
import { tokenCommand } from './token.ts'
import { topCommand } from './top.ts'
import { verifyCommand } from './verify.ts'
import { windowsCommand } from './windows.ts'

/** In the order of the list that `beacon --help` shows. */
const commands: CommandSpec[] = [
  setupCommand,
  daemonCommand,
  gatewayCommand,
  tokenCommand,
  configCommand,
  emitCommand,
  ingestCommand,
  claimCommand,
  simCommand,
  runCommand,
  topCommand,
  agentsCommand,
  agentCommand,
  beatCommand,
  tempoCommand,
  barsCommand,
  windowsCommand,
  killCommand,
  pauseCommand,
  resumeCommand,
  verifyCommand,
  benchCommand,
  tailCommand,
  historyCommand,
  queryCommand,
  doctorCommand,
  completionCommand,
]

export const rootCommand: CommandSpec = defineCommand({
  name: 'beacon',
  summary: 'the flight deck of an agent swarm, in the terminal',
  description:
    'Agents report what they do; Beacon makes each report durable, keeps the order of each agent, archives everything and folds it into one live picture.',
  examples: [
    { explains: 'start an instance and see what it does', command: 'beacon daemon start && beacon top' },
    { explains: 'send one event', command: 'beacon emit --agent agent-001 --status running' },
  ],
  exitCodes: {
    0: 'done',
    1: 'failed',
    2: 'wrong usage',
    3: 'nothing matched, or not found',
    4: 'the daemon is not reachable',
    5: 'refused: not allowed, or overloaded',
    130: 'interrupted',
    143: 'terminated',
  },
  subcommands: commands,
})
