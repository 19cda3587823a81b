// The install token of `beacon run`: out of a file or the environment, never off the command line, where `ps` shows it.

import { readFileSync } from 'node:fs'
import { BeaconError } from '../core/errors.ts'

export type RunToken = {
  token: string | undefined
  /** The environment of the program, which has no use for the token. */
  env: NodeJS.ProcessEnv
}

export function readRunToken(
  { BEACON_TOKEN, ...env }: NodeJS.ProcessEnv,
  file: string | undefined,
): RunToken {
  if (file === undefined) return { token: BEACON_TOKEN || undefined, env }
  try {
    return { token: readFileSync(file, 'utf8').trim(), env }
  } catch (cause) {
    throw new BeaconError('usage', `--token-file: ${(cause as Error).message}`, {
      cause,
      hint: 'beacon run --help',
    })
  }
}
