// Folds the sources of settings (flags over environment over config.toml over defaults) into a Config that
// knows where each value came from.

import type { Config } from './config.ts'
import { type AnySetting, settings, toEnvName, toFlagName } from './config-table.ts'
import { BeaconError } from './errors.ts'
import { nearest } from './nearest.ts'
import { err, ok, type Result } from './result.ts'

/** One source of settings: its values as text by key, and how a message names the place of one. */
export type ConfigSource = {
  kind: 'flag' | 'env' | 'file'
  values: Record<string, string>
  /** `--http`, `BEACON_HTTP`, `/…/config.toml:3`. */
  place(key: string): string
}

export type ConfigEntry = {
  key: string
  /** As it was written; null: unset. */
  value: string | null
  origin: string
}

export type ResolvedConfig = { config: Config; entries: ConfigEntry[] }

/** Sources in order of precedence. The error is the first wrong key or value, with its place and what is allowed. */
export function resolveConfig(sources: ConfigSource[]): Result<ResolvedConfig, BeaconError> {
  const known = new Set(settings.map((setting) => setting.key))
  for (const source of sources) {
    for (const key of Object.keys(source.values)) {
      if (!known.has(key)) return err(unknownKey(source.place(key), key, known))
    }
  }
  const config: Partial<Record<keyof Config, Config[keyof Config]>> = {}
  const entries: ConfigEntry[] = []
  for (const setting of settings) {
    const source = sources.find((each) => each.values[setting.key] !== undefined)
    const text = source?.values[setting.key] ?? setting.default
    const origin = source?.place(setting.key) ?? 'default'
    const parsed = text === null ? ok(null) : parseSetting(setting, text)
    if (!parsed.ok) {
      return err(new BeaconError('config_invalid', `${origin}: ${setting.key} '${text}' ${parsed.error}`))
    }
    config[setting.field] = parsed.value
    entries.push({ key: setting.key, value: text, origin })
  }
  return ok({ config: config as Config, entries })
}

const parseSetting = (setting: AnySetting, text: string): Result<Config[keyof Config], string> =>
  setting.parse(text)

/** Settings given by the environment: `BEACON_<KEY>`, and NATS_URL for `nats`. */
export function toEnvSource(env: Record<string, string | undefined>): ConfigSource {
  const values: Record<string, string> = {}
  const places: Record<string, string> = {}
  for (const { key } of settings) {
    const names = key === 'nats' ? [toEnvName(key), 'NATS_URL'] : [toEnvName(key)]
    const name = names.find((each) => env[each] !== undefined && env[each] !== '')
    if (!name) continue
    values[key] = env[name] ?? ''
    places[key] = name
  }
  return { kind: 'env', values, place: (key) => places[key] ?? toEnvName(key) }
}

export function toFlagSource(values: Record<string, string>): ConfigSource {
  return { kind: 'flag', values, place: toFlagName }
}

function unknownKey(place: string, key: string, known: Iterable<string>): BeaconError {
  const guess = nearest(key, known)
  const detail = `${place}: unknown key '${key}'`
  return new BeaconError('config_invalid', guess ? `${detail}; did you mean '${guess}'?` : detail)
}
