// Reads config.toml of a home and resolves the settings of one run.

import { readFile } from 'node:fs/promises'
import { BeaconError } from '../core/errors.ts'
import {
  type ConfigSource,
  type ResolvedConfig,
  resolveConfig,
  toFlagSource,
} from '../core/resolve-config.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Home } from '../daemon/home.ts'
import type { Environment } from './environment.ts'

export async function loadConfig(
  home: Home,
  env: Environment,
  flags: Record<string, string>,
): Promise<Result<ResolvedConfig, BeaconError>> {
  if (env.unknown) return err(env.unknown)
  const file = await readConfigFile(home.config)
  if (!file.ok) return file
  return resolveConfig([toFlagSource(flags), env.settings, file.value])
}

async function readConfigFile(path: string): Promise<Result<ConfigSource, BeaconError>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') text = ''
    else return err(new BeaconError('config_invalid', `${path} cannot be read`, { cause: error }))
  }
  const parsed = await parseToml(path, text)
  if (!parsed.ok) return parsed
  const values: Record<string, string> = {}
  for (const [key, value] of Object.entries(parsed.value)) {
    if (typeof value === 'object') {
      const detail = `${placeInFile(path, text, key)}: '${key}' is no single value; the keys of config.toml stand flat, without sections`
      return err(new BeaconError('config_invalid', detail))
    }
    values[key] = String(value)
  }
  return ok({ kind: 'file', values, place: (key) => placeInFile(path, text, key) })
}

async function parseToml(path: string, text: string): Promise<Result<Record<string, unknown>, BeaconError>> {
  if (text.trim() === '') return ok({})
  const { parse, TomlError } = await import('smol-toml')
  try {
    return ok(parse(text, { integersAsBigInt: 'asNeeded' }))
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [reason = ''] = error.message.split('\n')
    return err(new BeaconError('config_invalid', `${path}:${error.line}:${error.column}: ${reason}`))
  }
}

/** `config.toml:3`: flat keys stand at the start of a line, quoted or not. */
function placeInFile(path: string, text: string, key: string): string {
  const starts = [`${key}`, `"${key}"`, `'${key}'`, `[${key}]`, `[[${key}]]`]
  const line = text.split('\n').findIndex((each) =>
    starts.some(
      (start) =>
        each
          .trim()
          .replace(/\s*=.*$/, '')
          .split('.')[0] === start,
    ),
  )
  return line < 0 ? path : `${path}:${line + 1}`
}
