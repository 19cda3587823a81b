// What a command is: one definition from which the parser, the help, the man page and the completions are made.

import { err, ok, type Result } from '../core/result.ts'
import type { CommandContext } from './command-context.ts'

/** Reads one value. `now_ms` lets `10m` mean ten minutes ago. The error follows the quoted value: `is no duration: …`. */
export type Parse<T> = (text: string, now_ms: number) => Result<T, string>

type ValueFields = {
  /** Name of the value in the help: `ID`, `DURATION`. */
  metavar: string
  help: string
  parse?: Parse<unknown>
  choices?: readonly string[]
  /** As a user would write it; it goes through `parse`. */
  default?: string
  required?: true
  /** May be given several times; the value is an array. */
  many?: true
  /** What a shell completes; default: the choices, else nothing. */
  complete?: 'file' | 'folder'
}
type OptionFields = ValueFields & {
  /** `--agent` or `-f, --follow`; the metavar is apart. */
  flags: string
  /** Key of the setting that this option overrides. */
  setting?: string
  hidden?: true
}

type Single<S> = S extends { parse: (text: string, now_ms: number) => infer R }
  ? Extract<R, { ok: true }> extends { value: infer T }
    ? T
    : never
  : S extends { choices: readonly (infer C)[] }
    ? C
    : string
type ValueOf<S> = S extends { many: true }
  ? Single<S>[]
  : S extends { required: true } | { default: string }
    ? Single<S>
    : Single<S> | undefined

/** T is the type of the value that `run` gets; `type` exists for the compiler only. */
export type OptionSpec<T = unknown> = Omit<OptionFields, 'metavar'> & { metavar?: string; type?: () => T }
export type ArgumentSpec<T = unknown> = ValueFields & { type?: () => T }
type Values<Specs> = { [Name in keyof Specs]: Specs[Name] extends { type?: () => infer T } ? T : never }

/** An option with a value. */
export const option = <const S extends OptionFields>(spec: S): OptionSpec<ValueOf<S>> => spec
/** An option without a value: true when it is given, also for `--no-…`. */
export const flag = (spec: { flags: string; help: string; hidden?: true }): OptionSpec<boolean> => spec
/** A positional argument, in the order of the definition; `many` only for the last one. */
export const argument = <const S extends ValueFields>(spec: S): ArgumentSpec<ValueOf<S>> => spec

export const groups = {
  instance: 'The instance',
  send: 'Send events',
  watch: 'Watch and read',
  control: 'Act on agents',
  prove: 'Prove and measure',
  tool: 'This tool',
} as const

export type Example = { command: string; explains: string }

/** `0` and nothing mean done; other numbers are listed in CONTRACT (1 failed … 5 refused). Failures are thrown. */
// biome-ignore lint/suspicious/noConfusingVoidType: most commands return nothing at all
export type RunResult = Promise<number | undefined | void>

export type CommandSpec = {
  name: string
  /** Heading in the list of commands; only for those at the top. */
  group?: keyof typeof groups
  /** One line without a full stop; starts with a verb. */
  summary: string
  /** Paragraphs between empty lines. */
  description: string
  arguments: Record<string, ArgumentSpec>
  options: Record<string, OptionSpec>
  examples: Example[]
  /** What an exit code means here, where that says more than the common table. */
  exitCodes?: Record<number, string>
  subcommands: CommandSpec[]
  /** Options after the first argument belong to that program: `beacon run CMD --its-option`. */
  passThrough?: true
  hidden?: true
  /** Absent on a command that only holds subcommands. */
  run?(context: CommandContext): RunResult
}

type CommandFields<A, O> = Omit<CommandSpec, 'arguments' | 'options' | 'subcommands' | 'run'> & {
  arguments?: A
  options?: O
  subcommands?: CommandSpec[]
  run?(context: CommandContext<Values<A>, Values<O>>): RunResult
}

/** A command whose `run` sees its arguments and options with their types. Import heavy modules inside `run`. */
export function defineCommand<
  const A extends Record<string, ArgumentSpec> = Record<never, never>,
  const O extends Record<string, OptionSpec> = Record<never, never>,
>(fields: CommandFields<A, O>): CommandSpec {
  // The erased type: build-program.ts fills `args` and `options` from these very definitions.
  return { arguments: {}, options: {}, subcommands: [], ...fields } as unknown as CommandSpec
}

/** Where there is a parser it judges, and choices are what is shown and completed. */
export function parseValue(
  spec: ValueFields | OptionSpec,
  text: string,
  now_ms: number,
): Result<unknown, string> {
  if (spec.parse) return spec.parse(text, now_ms)
  if (spec.choices && !spec.choices.includes(text)) return err(`is none of ${spec.choices.join(', ')}`)
  return ok(text)
}
