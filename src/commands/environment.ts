// The environment variables that Beacon reads: nothing outside src/commands looks at them.

import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { settings, toEnvName } from '../core/config-table.ts'
import { BeaconError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import type { ConfigSource } from '../core/resolve-config.ts'
import { toEnvSource } from '../core/resolve-config.ts'
import { type TerminalTraits, toTerminalTraits } from './terminal-traits.ts'

/** Variables that are not settings of a home. */
export const variables = {
  BEACON_HOME: 'The home, like --home.',
  BEACON_OUTPUT: 'The output format, like --output.',
  BEACON_NATS_SERVER: 'The nats-server program to run, instead of the one that `beacon setup` found.',
  BEACON_DEMO_SECONDS: 'How long `npm run demo` runs without a terminal (20).',
  BEACON_TOKEN: 'An install token for `beacon run`; the program does not see it.',
  NATS_URL: 'An external NATS, like --nats.',
  NO_COLOR: 'No colours, when it is set to anything.',
  XDG_STATE_HOME: 'Where the default home lies: beacon in this folder (~/.local/state).',
  XDG_CACHE_HOME: 'Where a fetched nats-server is kept: beacon in this folder (~/.cache).',
} as const

/** Every variable with its meaning: the settings first. */
export function environmentHelp(): [string, string][] {
  return [
    ...settings.map(({ key, help }): [string, string] => [toEnvName(key), help]),
    ...Object.entries(variables),
  ]
}

export type Environment = {
  home: string
  output: string | null
  nats_url: string | null
  /** Path of a nats-server, from BEACON_NATS_SERVER. */
  nats_server: string | null
  cache_dir: string
  no_color: boolean
  terminal: TerminalTraits
  /** PATH, for finding programs. */
  path: string
  settings: ConfigSource
  /** Variables that look like ours and are not: an error for every command that reads settings. */
  unknown: BeaconError | null
}

export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const given = (name: keyof typeof variables): string | null => env[name] || null
  return {
    home: resolve(given('BEACON_HOME') ?? join(xdg(env.XDG_STATE_HOME, '.local/state'), 'beacon')),
    output: given('BEACON_OUTPUT'),
    nats_url: given('NATS_URL'),
    nats_server: given('BEACON_NATS_SERVER'),
    cache_dir: join(xdg(env.XDG_CACHE_HOME, '.cache'), 'beacon'),
    no_color: given('NO_COLOR') !== null,
    terminal: toTerminalTraits(env),
    path: env.PATH ?? '',
    settings: toEnvSource(env),
    unknown: findUnknown(env),
  }
}

// The XDG standard says that relative paths are to be ignored.
const xdg = (folder: string | undefined, fallback: string): string =>
  folder?.startsWith('/') ? folder : join(homedir(), fallback)

function findUnknown(env: NodeJS.ProcessEnv): BeaconError | null {
  const known = [...Object.keys(variables), ...settings.map(({ key }) => toEnvName(key))]
  const name = Object.keys(env).find((each) => each.startsWith('BEACON_') && !known.includes(each))
  if (!name) return null
  const guess = nearest(name, known)
  const detail = `unknown environment variable ${name}`
  return new BeaconError('config_invalid', guess ? `${detail}; did you mean ${guess}?` : detail)
}
