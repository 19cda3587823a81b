// Turns command definitions into a commander program that only parses: words in, the chosen command and its values out.

import { Command, type CommanderError, Option } from 'commander'
import { BeaconError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { type ArgumentSpec, type CommandSpec, type OptionSpec, parseValue } from './command-spec.ts'
import { type GlobalName, globalOptions } from './global-options.ts'

export type Invocation = {
  /** From the root to the chosen command. */
  path: CommandSpec[]
  globals: Partial<Record<GlobalName, unknown>>
  args: Record<string, unknown>
  options: Record<string, unknown>
  /** Texts of the options that were given, by name. */
  given: Record<string, string>
}

/** What commander understood: one raw record for each command from the root to the chosen one. */
type Parsed = { path: CommandSpec[]; raws: Record<string, unknown>[]; operands: string[] }

/** The command and the values that `words` ask for. Throws BeaconError('usage') with a pointer to the right help. */
export function parseInvocation(root: CommandSpec, words: string[], now_ms: number): Invocation {
  const asked = words[0] === 'help' ? [...words.slice(1), '--help'] : words
  const { path, raws, operands } = parseWords(root, asked)
  const spec = last(path)
  const globals = resolveGlobals(raws, now_ms, path)
  if (!spec.run && operands[0] !== undefined) throw unknownCommand(spec, operands[0], path)
  // `beacon` alone is a question, not a mistake.
  if (path.length === 1) globals.help = true
  if (globals.help || globals.version) return { path, globals, args: {}, options: {}, given: {} }
  if (!spec.run) throw usage(`say which: ${names(spec).join(', ')}`, path)
  const raw = last(raws)
  const given = Object.keys(spec.options).filter((name) => typeof raw[name] === 'string')
  return {
    path,
    globals,
    args: resolveArguments(spec, operands, now_ms, path),
    options: mapValues(spec.options, (each, name) => resolveOption(each, raw[name], now_ms, path)),
    given: Object.fromEntries(given.map((name) => [name, String(raw[name])])),
  }
}

function parseWords(root: CommandSpec, words: string[]): Parsed {
  let parsed: Parsed | undefined
  buildCommand([root], [], (found) => {
    parsed = found
  }).parse(words, { from: 'user' })
  if (!parsed) throw new Error('commander chose no command')
  return parsed
}

type Read = () => Record<string, unknown>

function buildCommand(path: CommandSpec[], above: Read[], found: (parsed: Parsed) => void): Command {
  const spec = last(path)
  const command = new Command(spec.name)
  command.helpOption(false).helpCommand(false).enablePositionalOptions().argument('[words...]')
  command.configureOutput({ writeErr: () => {}, writeOut: () => {} })
  command.exitOverride((error) => {
    throw usage(tidy(error), path)
  })
  if (spec.passThrough) command.passThroughOptions()
  // So that an unknown subcommand is reported, rather than the options after it.
  if (!spec.run) command.allowUnknownOption()
  // Globals on every command: they work before and after its name, and stay out of what is passed through.
  const made = mapValues({ ...globalOptions, ...spec.options }, toOption)
  for (const each of Object.values(made)) command.addOption(each)
  const read: Read = () => mapValues(made, (each) => readRaw(command, each))
  const reads = [...above, read]
  command.action(() => found({ path, raws: reads.map((each) => each()), operands: command.args }))
  for (const each of spec.subcommands) command.addCommand(buildCommand([...path, each], reads, found))
  return command
}

function toOption(spec: OptionSpec): Option {
  const made = new Option(spec.metavar ? `${spec.flags} <${spec.metavar}>` : spec.flags)
  return spec.many ? made.argParser((text, before?: string[]) => [...(before ?? []), text]) : made
}

/** Text, texts, true for a flag that was given (also a `--no-…`), undefined for what was not. */
function readRaw(command: Command, option: Option): unknown {
  const name = option.attributeName()
  if (command.getOptionValueSource(name) !== 'cli') return undefined
  return option.negate ? true : command.getOptionValue(name)
}

/** Of a global given several times, the one nearest to the command's end counts. */
function resolveGlobals(
  raws: Record<string, unknown>[],
  now_ms: number,
  path: CommandSpec[],
): Invocation['globals'] {
  return mapValues(globalOptions as Record<GlobalName, OptionSpec>, (spec, name) => {
    const raw = raws.findLast((each) => each[name] !== undefined)?.[name]
    return resolveOption(spec, raw, now_ms, path)
  })
}

function resolveOption(spec: OptionSpec, raw: unknown, now_ms: number, path: CommandSpec[]): unknown {
  const name = spec.flags.split(', ').at(-1) ?? ''
  if (!spec.metavar) return raw === true
  if (spec.many)
    return ((raw as string[] | undefined) ?? []).map((text) => value(spec, name, text, now_ms, path))
  const text = (raw as string | undefined) ?? spec.default
  if (text !== undefined) return value(spec, name, text, now_ms, path)
  if (spec.required) throw usage(`${name} ${spec.metavar} is missing`, path)
  return undefined
}

function resolveArguments(
  spec: CommandSpec,
  operands: string[],
  now_ms: number,
  path: CommandSpec[],
): Record<string, unknown> {
  const rest = [...operands]
  const values = mapValues(spec.arguments, (each: ArgumentSpec) => {
    const texts = each.many ? rest.splice(0) : rest.splice(0, 1)
    if (each.required && texts.length === 0) throw usage(`${each.metavar} is missing`, path)
    if (each.many) return texts.map((text) => value(each, each.metavar, text, now_ms, path))
    const text = texts[0] ?? each.default
    return text === undefined ? undefined : value(each, each.metavar, text, now_ms, path)
  })
  if (rest[0] !== undefined) throw usage(`'${rest[0]}' is one word too many`, path)
  return values
}

function value(
  spec: OptionSpec | ArgumentSpec,
  name: string,
  text: string,
  now_ms: number,
  path: CommandSpec[],
): unknown {
  const parsed = parseValue(spec, text, now_ms)
  if (!parsed.ok) throw usage(`${name}: '${text}' ${parsed.error}`, path)
  return parsed.value
}

function unknownCommand(spec: CommandSpec, word: string, path: CommandSpec[]): BeaconError {
  const what = word.startsWith('-') ? 'option' : 'command'
  const flags = Object.values({ ...globalOptions, ...spec.options }).flatMap((each) => each.flags.split(', '))
  const guess = nearest(word, what === 'option' ? flags : names(spec))
  return usage(`unknown ${what} '${word}'${guess ? `; did you mean ${guess}?` : ''}`, path)
}

/** Commander's message on one line of ours. */
const tidy = (error: CommanderError): string =>
  error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)$/, '; did you mean $1?')
    .replace(/^option '(?:-\w, )?(\S+) <(.*)>' argument missing$/, '$1 is missing its $2')

const usage = (detail: string, path: CommandSpec[]): BeaconError =>
  new BeaconError('usage', detail, { hint: `${path.map((each) => each.name).join(' ')} --help` })

const names = (spec: CommandSpec): string[] =>
  spec.subcommands.filter((each) => !each.hidden).map((each) => each.name)

const last = <T>(list: T[]): T => list[list.length - 1] as T

const mapValues = <Name extends string, In, Out>(
  record: Record<Name, In>,
  convert: (value: In, name: Name) => Out,
): Record<Name, Out> =>
  Object.fromEntries(
    Object.entries(record).map(([name, each]) => [name, convert(each as In, name as Name)]),
  ) as Record<Name, Out>
