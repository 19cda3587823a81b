// The completions for zsh: one function for each command, on top of _arguments.

import type { ArgumentSpec, CommandSpec, OptionSpec } from './command-spec.ts'
import { type CompletionNode, flagsOf, toBrief, toIdentifier, toNodes } from './completion-words.ts'

export function toZshCompletion(root: CommandSpec): string {
  return `#compdef beacon
# Completions of beacon for zsh: beacon completion zsh > a folder of $fpath, as _beacon

${toNodes(root).map(toFunction).join('\n')}
if [[ $funcstack[1] == _beacon ]]; then
  _beacon "$@"
else
  compdef _beacon beacon
fi
`
}

function toFunction(node: CompletionNode): string {
  const specs = node.options.map(toOptionSpec)
  if (node.commands.length === 0) {
    return `_${toIdentifier(node.path)}() {
  _arguments -s -S \\
${[...specs, ...node.arguments.map(toArgumentSpec)].map((each) => `    ${each}`).join(' \\\n')}
}
`
  }
  const names = node.commands.map(
    (each) => `    ${quote(`${each.name}:${each.summary.replaceAll(':', '\\:')}`)}`,
  )
  const cases = node.commands.map(
    (each) => `        ${each.name}) _${toIdentifier([...node.path, each.name])} ;;`,
  )
  return `_${toIdentifier(node.path)}() {
  local curcontext="$curcontext" state line
  local -a commands=(
${names.join('\n')}
  )
  _arguments -s -C \\
${specs.map((each) => `    ${each} \\`).join('\n')}
    '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      curcontext="\${curcontext%:*}-$line[1]:"
      case $line[1] in
${cases.join('\n')}
      esac
      ;;
  esac
}
`
}

function toOptionSpec(spec: OptionSpec): string {
  const flags = flagsOf(spec)
  const once = spec.many ? '*' : flags.length > 1 ? `(${flags.join(' ')})` : ''
  const value = spec.metavar ? `:${escapeSpec(spec.metavar)}:${toAction(spec)}` : ''
  const rest = `[${escapeSpec(toBrief(spec.help))}]${value}`
  if (flags.length === 1) return quote(`${once}${flags[0]}${rest}`)
  return `${once === '' ? '' : quote(once)}{${flags.join(',')}}${quote(rest)}`
}

const toArgumentSpec = (spec: ArgumentSpec): string =>
  quote(`${spec.many ? '*' : ''}:${escapeSpec(spec.metavar)}:${toAction(spec)}`)

function toAction(spec: OptionSpec | ArgumentSpec): string {
  if (spec.choices) return `(${spec.choices.join(' ')})`
  if (spec.complete === 'folder') return '_files -/'
  return spec.complete === 'file' ? '_files' : ' '
}

const escapeSpec = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&')

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
