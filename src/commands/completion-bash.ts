// The completions for bash: one function that walks the words up to the cursor and then offers what fits.

import type { ArgumentSpec, CommandSpec, OptionSpec } from './command-spec.ts'
import { type CompletionNode, flagsOf, toIdentifier, toNodes } from './completion-words.ts'

export function toBashCompletion(root: CommandSpec): string {
  const nodes = toNodes(root)
  return `# Completions of beacon for bash: source <(beacon completion bash)

_beacon() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} at=beacon skip= i
  # bash splits --output=json into three words.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ -n $skip ]]; then
      [[ \${COMP_WORDS[i]} == = ]] || skip=
      continue
    fi
    case $at:\${COMP_WORDS[i]} in
${nodes.flatMap(toSteps).join('\n')}
    esac
  done
  case $at:$prev in
${nodes.flatMap(toValueCases).join('\n')}
  esac
  local options= words=
  case $at in
${nodes.map(toNodeCase).join('\n')}
  esac
  if [[ $cur == -* ]]; then words=$options; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}

complete -o bashdefault -F _beacon beacon
`
}

/** How the walk moves on at a word: into a subcommand, or over the value of an option. */
function toSteps(node: CompletionNode): string[] {
  const at = toIdentifier(node.path)
  const commands = node.commands.map(
    (each) => `      ${at}:${each.name}) at=${toIdentifier([...node.path, each.name])} ;;`,
  )
  const takers = node.options.filter((each) => each.metavar).flatMap(flagsOf)
  return [...commands, `      ${takers.map((each) => `${at}:${each}`).join(' | ')}) skip=1 ;;`]
}

function toValueCases(node: CompletionNode): string[] {
  const at = toIdentifier(node.path)
  return node.options
    .filter((each) => each.metavar)
    .map((each) => {
      const pattern = flagsOf(each)
        .map((name) => `${at}:${name}`)
        .join(' | ')
      return `    ${pattern}) ${toReply(each)}; return ;;`
    })
}

function toReply(spec: OptionSpec | ArgumentSpec): string {
  if (spec.choices) return `COMPREPLY=($(compgen -W "${spec.choices.join(' ')}" -- "$cur"))`
  if (spec.complete === 'folder') return 'compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur"))'
  if (spec.complete === 'file') return 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))'
  return 'COMPREPLY=()'
}

function toNodeCase(node: CompletionNode): string {
  const words = [
    ...node.commands.map((each) => each.name),
    ...node.arguments.flatMap((each) => each.choices ?? []),
  ]
  const options = node.options.flatMap(flagsOf).join(' ')
  return `    ${toIdentifier(node.path)}) words='${words.join(' ')}' options='${options}' ;;`
}
