// The beacon program: words in, one command run, one exit code out. The only place that knows all exit codes.

import process from 'node:process'
import { BeaconError } from '../core/errors.ts'
import { escapeControl } from '../core/escape.ts'
import { type Invocation, parseInvocation } from './build-program.ts'
import type { CommandSpec } from './command-spec.ts'
import { rootCommand } from './command-tree.ts'
import { toHelp } from './help-page.ts'
import { drain, PipeClosed } from './io.ts'
import { makeContext } from './make-context.ts'
import { type End, Interrupted, listenForEnd, signalCodes } from './signals.ts'
import { version } from './version.ts'

// 1 to 5 are those of the error registry.
const done = 0

/** How long a finished command may keep the process alive by something that it forgot to close. */
const linger_ms = 1_000

async function main(): Promise<number> {
  const words = process.argv.slice(2)
  const end = listenForEnd(process)
  try {
    const invocation = parseInvocation(rootCommand, words, Date.now())
    if (invocation.globals.version) return print(`beacon ${version()}\n`)
    if (invocation.globals.help) return print(toHelp(invocation.path))
    return (await run(invocation, end)) || toSignalCode(end.signal)
  } catch (error) {
    return report(error, end.signal, words)
  }
}

async function run(invocation: Invocation, end: End): Promise<number> {
  const spec = invocation.path[invocation.path.length - 1] as CommandSpec
  const context = await makeContext(process, invocation, end)
  return (await spec.run?.(context)) ?? done
}

function print(text: string): number {
  process.stdout.write(text)
  return done
}

/** What a run that was asked to end amounts to; a reader that went away is no failure. */
function toSignalCode(signal: AbortSignal): number {
  if (!(signal.reason instanceof Interrupted)) return done
  return signalCodes[signal.reason.by]
}

function report(error: unknown, signal: AbortSignal, words: string[]): number {
  if (error instanceof PipeClosed || signal.reason instanceof PipeClosed) return done
  if (signal.aborted && isAbort(error, signal)) return toSignalCode(signal)
  if (error instanceof BeaconError) {
    say(`beacon: ${error.entry.title}: ${error.detail}`)
    say(error.hint.startsWith('beacon ') ? `See \`${error.hint}\`.` : error.hint)
    if (error.code !== 'usage' && isVerbose(words)) sayStack(error)
    return error.entry.exit
  }
  const bug = new BeaconError('internal', error instanceof Error ? error.message : String(error))
  say(`beacon: ${bug.entry.title}: ${bug.detail}`)
  say(`${bug.hint} -v shows where it happened.`)
  if (isVerbose(words)) sayStack(error)
  return bug.entry.exit
}

function sayStack(error: unknown): void {
  if (!(error instanceof Error)) return
  say(error.stack ?? '')
  if (error.cause) sayStack(error.cause)
}

const isVerbose = (words: string[]): boolean => words.includes('-v') || words.includes('--verbose')

const isAbort = (error: unknown, signal: AbortSignal): boolean =>
  error === signal.reason || (error instanceof Error && error.name === 'AbortError')

/** Messages may hold text of events, files and arguments: nothing in them may steer the terminal. */
function say(text: string): void {
  const lines = text.split('\n').map((line) => escapeControl(line))
  if (text !== '') process.stderr.write(`${lines.join('\n')}\n`)
}

process.exitCode = await main()
await Promise.all([drain(process.stdout), drain(process.stderr)])
setTimeout(() => process.exit(), linger_ms).unref()
