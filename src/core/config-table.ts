// The one table of settings: each row makes a key of config.toml, a BEACON_ variable, a flag of `daemon start`,
// its check, its default, and its line in the help and in docs/config.md.

import type { Config } from './config.ts'
import { parseDuration, parseSize } from './duration.ts'
import { err, ok, type Result } from './result.ts'
import { parseTempo } from './tempo.ts'
import { parseWhole } from './whole.ts'

export type Setting<Field extends keyof Config = keyof Config> = {
  key: string
  field: Field
  metavar: string
  /** As a user would write it; null: unset. */
  default: string | null
  help: string
  choices?: readonly string[]
  /** The error says what is allowed; it follows the quoted value in a message. */
  parse(text: string): Result<Config[Field], string>
}

export type AnySetting = { [Field in keyof Config]: Setting<Field> }[keyof Config]

const oneOf =
  <const T extends string>(...choices: T[]) =>
  (text: string): Result<T, string> => {
    const choice = choices.find((each) => each === text)
    return choice ? ok(choice) : err(`is none of ${choices.join(', ')}`)
  }

const within =
  (parse: (text: string) => Result<number, string>, min: number, max: number, range: string) =>
  (text: string): Result<number, string> => {
    const parsed = parse(text)
    if (!parsed.ok) return parsed
    return parsed.value >= min && parsed.value <= max ? parsed : err(`is not ${range}`)
  }

function parseHostPort(text: string): Result<string, string> {
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):(\d{1,5})$/.exec(text)
  return match && Number(match[2]) <= 65_535
    ? ok(text)
    : err('is no HOST:PORT: write for example 127.0.0.1:8000, [::1]:8000, or port 0 for any free one')
}

function parseCluster(text: string): Result<string, string> {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text) ? ok(text) : err('is no name of 1 to 64 letters, digits, - and _')
}

function parseNatsUrl(text: string): Result<string | null, string> {
  if (text === '') return ok(null)
  const fits = text.split(',').every((url) => /^(nats|tls):\/\/[^/\s]+\/?$/.test(url) && URL.canParse(url))
  return fits ? ok(text) : err('is no NATS URL: write for example nats://127.0.0.1:4222')
}

function parseNames(text: string): Result<readonly string[], string> {
  const names = text === '' ? [] : text.split(',').map((name) => name.trim())
  return names.includes('') ? err('holds an empty name: write for example password,api_key') : ok(names)
}

const row = <Field extends keyof Config>(setting: Setting<Field>): Setting<Field> => setting
const durability = ['durable', 'fast'] as const
const auths = ['local', 'required'] as const
const logLevels = ['debug', 'info', 'warn', 'error'] as const
const year_ms = 365 * 86_400_000

export const settings: readonly AnySetting[] = [
  row({
    key: 'http',
    field: 'http',
    metavar: 'HOST:PORT',
    default: '127.0.0.1:8000',
    help: 'Address of the HTTP door; port 0 takes any free port.',
    parse: parseHostPort,
  }),
  row({
    key: 'durability',
    field: 'durability',
    metavar: 'PROFILE',
    default: 'durable',
    choices: durability,
    help: 'What an acknowledged event survives: durable, also the loss of power; fast, any crash, but up to about 100 ms may go with the power.',
    parse: oneOf(...durability),
  }),
  row({
    key: 'gateways',
    field: 'gateways',
    metavar: 'N',
    default: '1',
    help: 'Gateway processes that share the HTTP door.',
    parse: parseWhole(1, 64),
  }),
  row({
    key: 'partitions',
    field: 'partitions',
    metavar: 'N',
    default: '12',
    help: 'Partitions of the event subjects; fixed for the life of a home.',
    parse: parseWhole(1, 1024),
  }),
  row({
    key: 'lanes',
    field: 'lanes',
    metavar: 'N',
    default: '2',
    help: 'Publishing lanes of one gateway; an agent keeps to one lane, a lane has one batch in flight.',
    parse: parseWhole(1, 16),
  }),
  row({
    key: 'batch',
    field: 'batch',
    metavar: 'N',
    default: '500',
    help: 'Events that make an archive batch.',
    parse: parseWhole(1, 10_000),
  }),
  row({
    key: 'flush',
    field: 'flush_ms',
    metavar: 'DURATION',
    default: '2s',
    help: 'Time after which an unfilled batch is archived all the same.',
    parse: within(parseDuration, 1, 60_000, 'from 1ms to 1m'),
  }),
  row({
    key: 'retention',
    field: 'retention_ms',
    metavar: 'DURATION',
    default: '30d',
    help: 'How long the archive keeps events.',
    parse: within(parseDuration, 60_000, 100 * year_ms, 'from 1m to 36500d'),
  }),
  row({
    key: 'max_bytes',
    field: 'max_bytes',
    metavar: 'SIZE',
    default: '8GB',
    help: 'Bytes that the event stream may hold; beyond them ingest answers 503.',
    parse: within(parseSize, 1e6, Number.MAX_SAFE_INTEGER, 'at least 1MB'),
  }),
  row({
    key: 'cluster',
    field: 'cluster',
    metavar: 'NAME',
    default: 'beacon',
    help: 'Name of the swarm in subjects and reports.',
    parse: parseCluster,
  }),
  row({
    key: 'tempo',
    field: 'tempo_bpm',
    metavar: 'BPM',
    default: '120',
    help: 'Beats per minute of a new pulse; a running one is changed with `beacon tempo`.',
    parse: parseTempo,
  }),
  row({
    key: 'beats_per_bar',
    field: 'beats_per_bar',
    metavar: 'N',
    default: '120',
    help: 'Beats of a bar, after which a BarReport is due; fixed for the life of a cluster.',
    parse: parseWhole(2, 100_000),
  }),
  row({
    key: 'nats',
    field: 'nats',
    metavar: 'URL',
    default: null,
    help: 'An external NATS to use; unset runs the embedded nats-server.',
    parse: parseNatsUrl,
  }),
  row({
    key: 'auth',
    field: 'auth',
    metavar: 'MODE',
    default: 'local',
    choices: auths,
    help: 'local: over loopback the HTTP door asks for no token; required: always. Beyond loopback a token is always asked for.',
    parse: oneOf(...auths),
  }),
  row({
    key: 'redact',
    field: 'redact',
    metavar: 'NAMES',
    default:
      'authorization, cookie, password, passwd, secret, token, api_key, apikey, access_token, refresh_token, client_secret, private_key',
    help: 'Metadata fields whose values are never stored, by name in any case, separated by commas; tokens of Beacon never are, whatever the field.',
    parse: parseNames,
  }),
  row({
    key: 'log_level',
    field: 'log_level',
    metavar: 'LEVEL',
    default: 'info',
    choices: logLevels,
    help: 'The least level that the services log: debug, info, warn or error.',
    parse: oneOf(...logLevels),
  }),
]

export const toEnvName = (key: string): string => `BEACON_${key.toUpperCase()}`
export const toFlagName = (key: string): string => `--${key.replaceAll('_', '-')}`
