// What a command gets to run with: everything from the world outside comes through here.

import type { Config } from '../core/config.ts'
import type { ConfigEntry } from '../core/resolve-config.ts'
import type { Home } from '../daemon/home.ts'
import type { CommandSpec } from './command-spec.ts'
import type { Environment } from './environment.ts'
import type { Io } from './io.ts'

export const outputFormats = ['table', 'wide', 'json', 'jsonl', 'csv'] as const
export type OutputFormat = (typeof outputFormats)[number]

export type CommandContext<Args = Record<string, unknown>, Options = Record<string, unknown>> = {
  /** The whole command line. */
  root: CommandSpec
  args: Args
  options: Options
  home: Home
  /** The settings of the home, of this environment and these flags. Reading it throws config_invalid when one is wrong. */
  readonly config: Config
  /** The same settings as written, each with its origin. Throws like `config`. */
  readonly configEntries: ConfigEntry[]
  /** URL given by --nats or NATS_URL; null: ask the daemon of this home. */
  nats: string | null
  output: OutputFormat
  /** Whether -o or BEACON_OUTPUT was given: `tail` and `top` have a default of their own. */
  outputGiven: boolean
  verbose: boolean
  io: Io
  /** Aborts at SIGINT, SIGTERM and when the reader of stdout went away: finish cleanly and return. */
  signal: AbortSignal
  /** Leaves SIGINT and SIGTERM to the command; `signal` then only says that the reader of stdout went away. */
  releaseSignals(): void
  env: Environment
  now(): number
  /** Settings given by flags of this command, by key. */
  flags: Record<string, string>
}
