// What the completions of all shells share: the command tree as flat nodes, and short texts.

import type { ArgumentSpec, CommandSpec, OptionSpec } from './command-spec.ts'
import { globalOptions } from './global-options.ts'
import { visible } from './help-page.ts'

export type CompletionNode = {
  /** `['beacon', 'daemon', 'start']`. */
  path: string[]
  /** Its own and the global ones. */
  options: OptionSpec[]
  /** Visible subcommands. */
  commands: CommandSpec[]
  arguments: ArgumentSpec[]
}

/** The root first, then its commands, depth first. */
export function toNodes(spec: CommandSpec, above: string[] = []): CompletionNode[] {
  const path = [...above, spec.name]
  const commands = spec.subcommands.filter((each) => !each.hidden)
  const options = [...visible(spec.options), ...visible(globalOptions)]
  return [
    { path, options, commands, arguments: Object.values(spec.arguments) },
    ...commands.flatMap((each) => toNodes(each, path)),
  ]
}

export const flagsOf = (spec: OptionSpec): string[] => spec.flags.split(', ')

/** Names of functions and cases: `beacon_daemon_start`. */
export const toIdentifier = (path: string[]): string => path.join('_').replaceAll('-', '_')

/** The first sentence, for the one line beside a completion. */
export const toBrief = (help: string): string => help.split(/[.;:(](?:\s|$)/)[0]?.trim() ?? help
