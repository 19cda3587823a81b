// What the words of `beacon run` mean: which program, under which name, how often it calls in.

import { basename } from 'node:path'
import { parseDuration } from '../core/duration.ts'
import { BeaconError } from '../core/errors.ts'
import { limits } from '../core/event.ts'
import { parseAgentId } from '../core/event-body.ts'
import { leaseLimits } from '../core/installation.ts'
import { err, ok, type Result } from '../core/result.ts'

export type RunWords = {
  words: [string, ...string[]]
  /** For an agent id: letters, digits, `.`, `_` and `-` only. */
  name: string
}

/** Throws usage unless there is exactly one of a program and a line. */
export function toRunWords([program, ...args]: string[], line: string | undefined): RunWords {
  if ((program === undefined) === (line === undefined))
    throw new BeaconError('usage', 'name either a program or, with --cmd, a line for the shell', {
      hint: 'beacon run --help',
    })
  if (program !== undefined) return { words: [program, ...args], name: toName(program) }
  const shell = line as string
  return { words: ['/bin/sh', '-c', shell], name: toName(shell.trim().split(/\s/)[0] ?? '') }
}

const toName = (program: string): string => basename(program).replace(/[^A-Za-z0-9._-]/g, '') || 'program'

export function parseAgent(text: string): Result<string, string> {
  const id = parseAgentId(text, limits)
  return id.ok ? id : err(`is no agent id: ${id.error.message}`)
}

/** `30s`, or seconds as a bare number. */
export function parseInterval(text: string): Result<number, string> {
  const interval = parseDuration(/^\d+$/.test(text) ? `${text}s` : text)
  if (!interval.ok) return interval
  const { interval_s_min: min, interval_s_max: max } = leaseLimits
  return interval.value >= min * 1_000 && interval.value <= max * 1_000
    ? ok(interval.value)
    : err(`is not from ${min} s to one day`)
}
