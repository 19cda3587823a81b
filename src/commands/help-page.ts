// The text of --help: usage, what it does, arguments and options aligned, examples; fits 80 columns.

import { displayWidth } from '../core/display-width.ts'
import { type ArgumentSpec, type CommandSpec, groups, type OptionSpec } from './command-spec.ts'
import { globalOptions } from './global-options.ts'

const width = 80

/** The help of the last command of `path`, which starts at the root. */
export function toHelp(path: CommandSpec[]): string {
  const spec = path[path.length - 1] as CommandSpec
  const title = path.map((each) => each.name).join(' ')
  const isRoot = path.length === 1
  const blocks = [
    `${title}: ${lowerFirst(spec.summary)}`,
    section('Usage', [`  ${toUsage(path)}`]),
    ...spec.description.split('\n\n').map((each) => wrap(each, width).join('\n')),
    section(
      'Arguments',
      rows(Object.values(spec.arguments).map((each) => [each.metavar, toOptionHelp(each)])),
    ),
    ...(isRoot ? commandSections(spec) : [section('Commands', commandRows(spec.subcommands))]),
    section('Options', rows(visible(spec.options).map((each) => [toFlags(each), toOptionHelp(each)]))),
    isRoot
      ? section('Global options', rows(visible(globalOptions).map((each) => [toFlags(each), each.help])))
      : 'Global options: see `beacon --help`.',
    section(
      'Examples',
      spec.examples.flatMap((each) => [`  # ${upperFirst(each.explains)}`, `  ${each.command}`]),
    ),
    section('Exit codes', rows(Object.entries(spec.exitCodes ?? {}))),
    isRoot ? '`beacon COMMAND --help` explains a command, as does `man beacon-COMMAND`.' : '',
  ]
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`
}

/** `beacon emit --agent ID --status S [options]`. */
export function toUsage(path: CommandSpec[]): string {
  const spec = path[path.length - 1] as CommandSpec
  const required = Object.values(spec.options).filter((each) => each.required)
  const words = [
    ...path.map((each) => each.name),
    ...(spec.subcommands.length > 0 ? ['COMMAND'] : []),
    ...required.map(toFlags),
    ...(spec.passThrough ? ['[options]'] : []),
    ...Object.values(spec.arguments).map(toArgumentUsage),
    ...(spec.passThrough ? [] : ['[options]']),
  ]
  return words.join(' ')
}

export function toArgumentUsage(spec: ArgumentSpec): string {
  const name = spec.many ? `${spec.metavar}…` : spec.metavar
  return spec.required ? name : `[${name}]`
}

export const toFlags = (spec: OptionSpec): string =>
  spec.metavar ? `${spec.flags} ${spec.metavar}` : spec.flags

export const visible = (options: Record<string, OptionSpec>): OptionSpec[] =>
  Object.values(options).filter((each) => !each.hidden)

/** The help of an option with its choices and its default. */
export function toOptionHelp(spec: OptionSpec | ArgumentSpec): string {
  const extra = [
    spec.choices && !spec.choices.every((each) => spec.help.includes(each)) ? spec.choices.join('|') : '',
    spec.default === undefined ? '' : `default: ${spec.default}`,
    spec.many ? 'may be repeated' : '',
  ].filter((each) => each !== '')
  return extra.length > 0 ? `${spec.help} [${extra.join('; ')}]` : spec.help
}

const commandRows = (specs: CommandSpec[]): string[] =>
  rows(specs.filter((each) => !each.hidden).map((each) => [each.name, upperFirst(each.summary)]))

function commandSections(root: CommandSpec): string[] {
  return Object.entries(groups).map(([group, title]) =>
    section(title, commandRows(root.subcommands.filter((each) => (each.group ?? 'tool') === group))),
  )
}

const section = (title: string, lines: string[]): string =>
  lines.length > 0 ? [`${title}:`, ...lines].join('\n') : ''

/** Two aligned columns; the left one is as wide as its texts, up to 26 cells. */
function rows(pairs: [string, string][]): string[] {
  const left = Math.min(26, Math.max(0, ...pairs.map(([name]) => displayWidth(name))))
  return pairs.flatMap(([name, help]) => {
    const lines = wrap(help, width - left - 4)
    const indent = ' '.repeat(left + 4)
    const rest = lines.slice(1).map((line) => indent + line)
    if (displayWidth(name) > left) return [`  ${name}`, ...lines.map((line) => indent + line)]
    return [`  ${name.padEnd(left)}  ${lines[0] ?? ''}`, ...rest]
  })
}

/** Breaks at spaces, except in lines that start with a space, which stand as they are. */
export function wrap(text: string, cells: number): string[] {
  if (text.startsWith(' ')) return text.split('\n')
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && displayWidth(`${line} ${word}`) > cells) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

export const upperFirst = (line: string): string => line.charAt(0).toUpperCase() + line.slice(1)

/** For a summary after a colon or a dash; names such as NDJSON stay as they are. */
export const lowerFirst = (line: string): string =>
  /^[A-Z][a-z]/.test(line) ? line.charAt(0).toLowerCase() + line.slice(1) : line
