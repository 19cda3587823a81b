// The completions for fish: one `complete` line for each command, option and value.

import type { ArgumentSpec, CommandSpec, OptionSpec } from './command-spec.ts'
import { type CompletionNode, flagsOf, toBrief, toNodes } from './completion-words.ts'

export function toFishCompletion(root: CommandSpec): string {
  const nodes = toNodes(root)
  const takers = new Set(
    nodes.flatMap((node) => node.options.filter((each) => each.metavar).flatMap(flagsOf)),
  )
  return `# Completions of beacon for fish: beacon completion fish > ~/.config/fish/completions/beacon.fish

# Whether the words before the cursor have led to exactly this command.
function __beacon_at
    set -l at beacon
    set -l skip
    for word in (commandline -opc)[2..]
        if set -q skip[1]
            set -e skip
        else if contains -- $word ${[...takers].join(' ')}
            set skip 1
        else if contains -- "$at $word" ${nodes
          .slice(1)
          .map((node) => quote(node.path.join(' ')))
          .join(' ')}
            set at "$at $word"
        end
    end
    test "$at" = "$argv"
end

complete -c beacon -f
${nodes.flatMap(toLines).join('\n')}
`
}

function toLines(node: CompletionNode): string[] {
  const start = `complete -c beacon -n ${quote(`__beacon_at ${node.path.join(' ')}`)}`
  const commands = node.commands.map((each) => `${start} -a ${each.name} -d ${quote(each.summary)}`)
  const options = node.options.map(
    (each) =>
      `${start} ${flagsOf(each).map(toFlag).join(' ')}${toValues(each)} -d ${quote(toBrief(each.help))}`,
  )
  const words = node.arguments.filter((each) => each.choices || each.complete)
  return [...commands, ...options, ...words.map((each) => `${start}${toValues(each)}`)]
}

const toFlag = (flag: string): string =>
  flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`

function toValues(spec: OptionSpec | ArgumentSpec): string {
  const isOption = 'flags' in spec
  if (spec.complete === 'file') return isOption ? ' -r -F' : ' -F'
  if (isOption && !spec.metavar) return ''
  // Exclusive: a value is needed, and a file name is none.
  const needed = isOption ? ' -x' : ''
  if (spec.choices) return `${needed} -a ${quote(spec.choices.join(' '))}`
  return spec.complete === 'folder' ? `${needed} -a '(__fish_complete_directories)'` : needed
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
