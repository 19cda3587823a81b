// Gathers what a command runs with, out of the parsed words and the environment.

import { resolve } from 'node:path'
import { BeaconError } from '../core/errors.ts'
import type { ResolvedConfig } from '../core/resolve-config.ts'
import { toHome } from '../daemon/home.ts'
import type { Invocation } from './build-program.ts'
import { type CommandContext, type OutputFormat, outputFormats } from './command-context.ts'
import type { CommandSpec } from './command-spec.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { makeIo } from './io.ts'
import { loadConfig } from './load-config.ts'
import type { End } from './signals.ts'

export async function makeContext(
  process: NodeJS.Process,
  invocation: Invocation,
  end: End,
): Promise<CommandContext> {
  const { globals, args, options } = invocation
  const env = readEnvironment(process.env)
  const home = toHome(typeof globals.home === 'string' ? resolve(globals.home) : env.home)
  const flags = settingFlags(invocation)
  const loaded = await loadConfig(home, env, flags)
  // Judged only when it is used: `--help`, `completion` and `doctor` work with a broken config.toml too.
  const resolved = (): ResolvedConfig => {
    if (!loaded.ok) throw loaded.error
    return loaded.value
  }
  const color = process.stdout.isTTY === true && !globals.noColor && !env.no_color
  return {
    root: invocation.path[0] as CommandSpec,
    args,
    options,
    home,
    get config() {
      return resolved().config
    },
    get configEntries() {
      return resolved().entries
    },
    nats: typeof globals.nats === 'string' ? globals.nats : env.nats_url,
    output: toOutput(globals.output, env),
    outputGiven: Boolean(globals.output ?? env.output),
    verbose: globals.verbose === true,
    io: makeIo(process, { quiet: globals.quiet === true, verbose: globals.verbose === true, color }),
    signal: end.signal,
    releaseSignals: end.release,
    env,
    now: Date.now,
    flags,
  }
}

function toOutput(given: unknown, env: Environment): OutputFormat {
  if (given) return given as OutputFormat
  if (!env.output) return 'table'
  const known = outputFormats.find((each) => each === env.output)
  if (known) return known
  throw new BeaconError('usage', `BEACON_OUTPUT: '${env.output}' is none of ${outputFormats.join(', ')}`, {
    hint: 'beacon --help',
  })
}

/** Options of the command that are settings (`--max-bytes` of `daemon start`), and the global --nats, by key. */
function settingFlags({ path, given, globals }: Invocation): Record<string, string> {
  const flags: Record<string, string> = {}
  for (const [name, { setting }] of Object.entries(path[path.length - 1]?.options ?? {})) {
    if (setting && given[name] !== undefined) flags[setting] = given[name]
  }
  if (typeof globals.nats === 'string') flags.nats = globals.nats
  return flags
}
