// Runs a short command to its end and gives what it printed; never longer than its limit, and leaves no process behind.

import { type ChildProcess, spawn } from 'node:child_process'
import { err, ok, type Result } from '../../core/result.ts'

export type CaptureOptions = { limit_ms: number; signal: AbortSignal; cwd?: string | undefined }

/** Standard output, or why there is none: not startable, ended badly (with its last words), or too slow. Rejects on abort. */
export async function captureCommand(
  command: string,
  args: readonly string[],
  options: CaptureOptions,
): Promise<Result<string, string>> {
  options.signal.throwIfAborted()
  let child: ChildProcess
  try {
    // A group of its own: a script's children would otherwise survive it and hold its pipes open.
    child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], cwd: options.cwd })
  } catch (error) {
    // Node emits most failures to start a program, but throws some, such as a file that is being written.
    return err((error as Error).message)
  }
  let late = false
  const timer = setTimeout(() => {
    late = true
    killGroup(child)
  }, options.limit_ms)
  const onAbort = (): void => killGroup(child)
  options.signal.addEventListener('abort', onAbort, { once: true })
  try {
    const end = await collect(child)
    options.signal.throwIfAborted()
    if (late) return err(`no answer within ${options.limit_ms / 1_000} s`)
    if (end.failure !== undefined) return err(end.failure)
    if (end.exit !== 0) return err(lastWords(end.stderr) ?? `it ended with ${end.exit}`)
    return ok(end.stdout)
  } finally {
    clearTimeout(timer)
    options.signal.removeEventListener('abort', onAbort)
  }
}

/** Characters: no command of ours prints more, and a wrong program named by a user may print without end. */
const longest = 1_000_000

type End = { stdout: string; stderr: string; exit: number | NodeJS.Signals | null; failure?: string }

function collect(child: ChildProcess): Promise<End> {
  const { promise, resolve } = Promise.withResolvers<End>()
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < longest) stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < longest) stderr += text
  })
  child.on('error', (error) => resolve({ stdout, stderr, exit: null, failure: error.message }))
  child.on('close', (code, signal) => resolve({ stdout, stderr, exit: code ?? signal }))
  return promise
}

/** apt marks what went wrong with `E:`; every other tool says it last. */
function lastWords(stderr: string): string | undefined {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  return (lines.find((line) => line.startsWith('E: ')) ?? lines.at(-1))?.replace(/^E: /, '')
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Everything in the group has ended already.
  }
}
