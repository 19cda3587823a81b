// `beacon run`: any program as an agent.

import { constants, hostname } from 'node:os'
import { BeaconError } from '../core/errors.ts'
import { escapeControl } from '../core/escape.ts'
import { argument, defineCommand, flag, option } from './command-spec.ts'
import { parseAgent, parseInterval, toRunWords } from './run-words.ts'

const day_ms = 86_400_000

export const runCommand = defineCommand({
  name: 'run',
  group: 'control',
  summary: 'run any program as an agent',
  description:
    'Starts a program and makes it an agent: it is registered with where it runs, calls in with the processor time and memory of all its processes, and says goodbye with its exit code. Operators can pause and end it.\n\n' +
    "Input, output, exit code and signals are the program's own. While Beacon is away it runs on, unless --fail-closed says otherwise.\n\n" +
    'To end it, all its processes get SIGTERM, and SIGKILL when their time is over. What it leaves behind when it ends by itself is ended the same way.',
  arguments: {
    words: argument({ metavar: 'CMD', help: 'The program and its arguments.', many: true }),
  },
  options: {
    agent: option({
      flags: '--agent',
      metavar: 'ID',
      help: 'The agent. Default: PROGRAM@HOST.',
      parse: parseAgent,
    }),
    cmd: option({ flags: '--cmd', metavar: 'LINE', help: 'A line for the shell, in place of CMD.' }),
    heartbeatInterval: option({
      flags: '--heartbeat-interval',
      metavar: 'DURATION',
      help: 'How often it calls in; its lease is three times that. A number alone means seconds.',
      parse: parseInterval,
      default: '60s',
    }),
    noHeartbeat: flag({
      flags: '--no-heartbeat',
      help: 'Calls in once a day only, so that its silence says nothing. Orders reach it all the same.',
    }),
    failClosed: flag({
      flags: '--fail-closed',
      help: 'Starts the program only with a lease, and ends it when the lease runs out while Beacon is away.',
    }),
    pauseSignal: flag({
      flags: '--pause-signal',
      help: 'A pause stops all its processes (SIGSTOP) until it is resumed; without it a pause is only reported.',
    }),
    capture: flag({
      flags: '--capture',
      help: 'Each line that it prints becomes an event of kind log too. It then prints into a pipe.',
    }),
    tokenFile: option({
      flags: '--token-file',
      metavar: 'FILE',
      help: 'An install token, for a Beacon that wants one; or the variable BEACON_TOKEN. Needed once: credentials are kept.',
      complete: 'file',
    }),
    url: option({
      flags: '--url',
      metavar: 'URL',
      help: 'HTTP door of a Beacon elsewhere. Default: the daemon of the home.',
    }),
  },
  examples: [
    { command: 'beacon run -- python agent.py', explains: 'a program as an agent' },
    {
      command: 'beacon run --agent crawler-1 --heartbeat-interval 10s --cmd "npm start 2>> err.log"',
      explains: 'a line for the shell, noticed within 30 s when it hangs',
    },
    {
      command: 'beacon run --fail-closed --pause-signal -- ./trade',
      explains: 'a program that must not run where nobody can stop it',
    },
  ],
  exitCodes: {
    4: '--fail-closed, and no lease: the program was not started',
    126: 'the program cannot be run',
    127: 'the program was not found',
  },
  passThrough: true,
  async run({ args, options, home, io, releaseSignals }) {
    const { words, name } = toRunWords(args.words, options.cmd)
    if (options.failClosed && options.noHeartbeat)
      throw new BeaconError('usage', '--fail-closed needs heartbeats: without them no lease is renewed', {
        hint: 'beacon run --help',
      })
    const [{ connectAgent }, { runAsAgent }, { openRunFolder }, { homeDoor, givenDoor }, { readRunToken }] =
      await Promise.all([
        import('../client/agent.ts'),
        import('../client/runner/run-as-agent.ts'),
        import('./run-folder.ts'),
        import('./find-door.ts'),
        import('./run-token.ts'),
      ])
    const agentId = options.agent ?? `${name}@${hostname()}`
    const { token, env } = readRunToken(process.env, options.tokenFile)
    const door = options.url === undefined ? () => homeDoor(home) : givenDoor(options.url)
    const folder = await openRunFolder(home, agentId)
    // From here on Ctrl-C is the program's.
    releaseSignals()
    const say = (line: string): string => escapeControl(`beacon: ${agentId}: ${line}`)
    try {
      const end = await runAsAgent({
        words,
        env,
        capture: options.capture ? { stdout: io.stdout, stderr: io.stderr } : null,
        agent: {
          // Asked each time: the daemon may come back on another port.
          url: door,
          agent_id: agentId,
          ...(token === undefined ? {} : { token }),
          heartbeat_interval_ms: options.noHeartbeat ? day_ms : options.heartbeatInterval,
          folder: folder.path,
        },
        connect: connectAgent,
        pause_signal: options.pauseSignal,
        fail_closed: options.failClosed,
        note: (line) => io.note(say(line)),
        detail: (line) => io.detail(say(line)),
      })
      return end.exit_code ?? 128 + (end.signal ? constants.signals[end.signal] : 0)
    } catch (error) {
      if (error instanceof BeaconError) throw error
      const { code, message } = error as NodeJS.ErrnoException
      if (code === undefined) throw error
      io.note(escapeControl(`beacon: ${words[0]} cannot be run: ${message}`))
      return code === 'ENOENT' ? 127 : 126
    } finally {
      folder.release()
    }
  },
})
