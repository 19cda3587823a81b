// The man pages in mdoc: beacon(1) for the whole, beacon-<name>(1) for each command with its subcommands.

import { type ArgumentSpec, type CommandSpec, type Example, groups, type OptionSpec } from './command-spec.ts'
import { environmentHelp } from './environment.ts'
import { globalOptions } from './global-options.ts'
import { lowerFirst, toOptionHelp, upperFirst, visible, wrap } from './help-page.ts'

/** mdoc wants a date; a fixed one keeps the pages the same until their words change. */
const date = 'June 26, 2026'

/** File names and their texts. */
export function toManPages(root: CommandSpec): Record<string, string> {
  const commands = root.subcommands.filter((each) => !each.hidden)
  const pages = commands.map((each) => [`${root.name}-${each.name}.1`, toCommandPage(root, each)])
  return { [`${root.name}.1`]: toRootPage(root, commands), ...Object.fromEntries(pages) }
}

function toRootPage(root: CommandSpec, commands: CommandSpec[]): string {
  const list = Object.entries(groups).flatMap(([group, title]) => {
    const members = commands.filter((each) => (each.group ?? 'tool') === group)
    if (members.length === 0) return []
    const items = members.flatMap((each) => [
      `.It Xr ${root.name}-${each.name} 1`,
      `${text(upperFirst(each.summary))}.`,
    ])
    return [`.Ss ${text(title)}`, '.Bl -tag -width Ds', ...items, '.El']
  })
  return page(root.name, root, [
    '.Sh SYNOPSIS',
    '.Nm',
    '.Op Ar options',
    '.Ar command',
    '.Op Ar options',
    '.Sh DESCRIPTION',
    ...paragraphs(root.description),
    '.Sh COMMANDS',
    ...list,
    '.Sh OPTIONS',
    'These work with every command, before or after its name.',
    ...optionList(visible(globalOptions)),
    '.Sh ENVIRONMENT',
    ...definitions('Ev', environmentHelp()),
    '.Sh FILES',
    ...definitions('Pa', [
      ['config.toml', 'In the home: the settings, as flat keys.'],
      ['archive/', 'In the home: the archive.'],
      ['logs/', 'In the home: the log of the daemon.'],
    ]),
    ...exitStatus({ ...root.exitCodes }),
    ...examples(root.examples),
    '.Sh SEE ALSO',
    ...references(commands.map((each) => `${root.name}-${each.name}`).sort()),
  ])
}

function toCommandPage(root: CommandSpec, spec: CommandSpec): string {
  const subcommands = spec.subcommands.filter((each) => !each.hidden)
  const invocations: [string[], CommandSpec][] = [
    ...(spec.run ? [[[], spec] as [string[], CommandSpec]] : []),
    ...subcommands.map((each) => [[each.name], each] as [string[], CommandSpec]),
  ]
  const called = `${root.name} ${spec.name}`
  return page(`${root.name}-${spec.name}`, spec, [
    '.Sh SYNOPSIS',
    ...invocations.flatMap(([words, each]) => synopsis(`${called} ${words.join(' ')}`.trim(), each)),
    '.Sh DESCRIPTION',
    ...paragraphs(spec.description),
    ...details(spec),
    ...subcommands.flatMap((each) => [
      `.Ss ${text(`${called} ${each.name}`)}`,
      ...paragraphs(each.description),
      ...details(each),
    ]),
    '.Pp',
    'The options that every command takes are described in',
    `.Xr ${root.name} 1 .`,
    ...exitStatus(Object.assign({}, spec.exitCodes, ...subcommands.map((each) => each.exitCodes))),
    ...examples([...spec.examples, ...subcommands.flatMap((each) => each.examples)]),
    '.Sh SEE ALSO',
    `.Xr ${root.name} 1`,
  ])
}

function page(name: string, spec: CommandSpec, body: string[]): string {
  const lines = [
    '.\\" Made by "npm run docs" from the definition of the command: do not edit.',
    `.Dd ${date}`,
    `.Dt ${name.toUpperCase()} 1`,
    '.Os',
    '.Sh NAME',
    `.Nm ${name}`,
    `.Nd ${text(lowerFirst(spec.summary))}`,
    ...body,
  ]
  return `${lines.join('\n')}\n`
}

function synopsis(called: string, spec: CommandSpec): string[] {
  return [
    `.Nm ${called}`,
    ...visible(spec.options).map((each) => {
      const use = `Fl ${flagNames(each)[0]}${each.metavar ? ` Ar ${macro(each.metavar)}` : ''}`
      return each.required ? `.${use}` : `.Op ${use}`
    }),
    ...Object.values(spec.arguments).map((each) => {
      const use = `Ar ${macro(each.metavar)}${each.many ? ' ...' : ''}`
      return each.required ? `.${use}` : `.Op ${use}`
    }),
  ]
}

function details(spec: CommandSpec): string[] {
  return [...argumentList(Object.values(spec.arguments)), ...optionList(visible(spec.options))]
}

const argumentList = (specs: ArgumentSpec[]): string[] =>
  definitions(
    'Ar',
    specs.map((each) => [each.metavar, toOptionHelp(each)]),
  )

function optionList(specs: OptionSpec[]): string[] {
  if (specs.length === 0) return []
  const items = specs.flatMap((each) => {
    const value = each.metavar ? ` Ar ${macro(each.metavar)}` : ''
    const names = flagNames(each).map((name) => `Fl ${name}${value}`)
    return [`.It ${names.join(' , ')}`, ...sentences(toOptionHelp(each))]
  })
  return ['.Bl -tag -width Ds', ...items, '.El']
}

function definitions(kind: 'Ar' | 'Ev' | 'Pa', pairs: [string, string][]): string[] {
  if (pairs.length === 0) return []
  const items = pairs.flatMap(([name, meaning]) => [`.It ${kind} ${macro(name)}`, ...sentences(meaning)])
  return ['.Bl -tag -width Ds', ...items, '.El']
}

function exitStatus(codes: Record<number, string>): string[] {
  const items = Object.entries(codes).flatMap(([code, meaning]) => [
    `.It ${code}`,
    ...sentences(upperFirst(meaning)),
  ])
  return items.length === 0 ? [] : ['.Sh EXIT STATUS', '.Bl -tag -width Ds', ...items, '.El']
}

function examples(list: Example[]): string[] {
  if (list.length === 0) return []
  return [
    '.Sh EXAMPLES',
    ...list.flatMap((each, i) => [
      ...(i > 0 ? ['.Pp'] : []),
      ...sentences(upperFirst(each.explains).replace(/[.:]?$/, ':')),
      `.Dl ${macro(each.command)}`,
    ]),
  ]
}

/** Separated by commas, the last one bare. */
const references = (pages: string[]): string[] =>
  pages.map((name, i) => `.Xr ${name} 1${i < pages.length - 1 ? ' ,' : ''}`)

/** mdoc names a flag without its first dash. */
const flagNames = (spec: OptionSpec): string[] => spec.flags.split(', ').map((each) => text(each.slice(1)))

/** Paragraphs between empty lines; one that starts with a space is shown as it stands. */
function paragraphs(prose: string): string[] {
  return prose.split('\n\n').flatMap((each, i) => {
    if (each.startsWith(' ')) return ['.Bd -literal', ...each.split('\n').map(text), '.Ed']
    return [...(i > 0 ? ['.Pp'] : []), ...sentences(each)]
  })
}

// Escapes make a line longer, and 80 is what the linter allows.
const line_chars_max = 66

/** Roff wants each sentence on its own line. */
const sentences = (prose: string): string[] =>
  prose
    .replace(/\s+/g, ' ')
    .split(/(?<=[.!?:]) (?=[A-Z`])/)
    .flatMap((each) => wrap(each, line_chars_max))
    .map(text)

/** Text that roff leaves alone. */
function text(plain: string): string {
  const escaped = plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(
      /[^\u0020-\u007e]/gu,
      (char) => `\\[u${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}

/** An argument of a macro line: words that are macros themselves must not be called. */
const macro = (plain: string): string =>
  text(plain)
    .replaceAll('"', '\\(dq')
    .split(' ')
    .map((word) => (/^([A-Z][a-z]|[A-Z]{1,2}|[.,:;()[\]?!|])$/.test(word) ? `\\&${word}` : word))
    .join(' ')
