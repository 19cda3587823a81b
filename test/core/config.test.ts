import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { settings, toEnvName, toFlagName } from '../../src/core/config-table.ts'
import { nearest } from '../../src/core/nearest.ts'
import { type ConfigSource, resolveConfig, toEnvSource, toFlagSource } from '../../src/core/resolve-config.ts'

const file = (values: Record<string, string>): ConfigSource => ({
  kind: 'file',
  values,
  place: (key) => `config.toml:${Object.keys(values).indexOf(key) + 1}`,
})

function resolved(...sources: ConfigSource[]) {
  const result = resolveConfig(sources)
  if (!result.ok) throw result.error
  return result.value
}

function refusal(...sources: ConfigSource[]): string {
  const result = resolveConfig(sources)
  return result.ok ? 'accepted' : result.error.detail
}

test('every default is valid, and the whole is the documented one', () => {
  expect(resolved().config).toEqual({
    http: '127.0.0.1:8000',
    durability: 'durable',
    gateways: 1,
    partitions: 12,
    lanes: 2,
    batch: 500,
    flush_ms: 2_000,
    retention_ms: 30 * 86_400_000,
    max_bytes: 8e9,
    cluster: 'beacon',
    tempo_bpm: 120,
    beats_per_bar: 120,
    nats: null,
    auth: 'local',
    redact: [
      'authorization',
      'cookie',
      'password',
      'passwd',
      'secret',
      'token',
      'api_key',
      'apikey',
      'access_token',
      'refresh_token',
      'client_secret',
      'private_key',
    ],
    log_level: 'info',
  })
})

test('flags win over the environment, that over the file, that over the default', () => {
  const all = [toFlagSource({ batch: '1' }), toEnvSource({ BEACON_BATCH: '2' }), file({ batch: '3' })]
  for (const [i, origin] of ['--batch', 'BEACON_BATCH', 'config.toml:1', 'default'].entries()) {
    const { config, entries } = resolved(...all.slice(i))
    expect(config.batch).toBe([1, 2, 3, 500][i])
    expect(entries.find((entry) => entry.key === 'batch')?.origin).toBe(origin)
  }
})

test('every setting can be set by its flag, its variable and its key', () => {
  const other: Record<string, string> = {
    http: '[::1]:0',
    durability: 'fast',
    nats: 'nats://h:1',
    log_level: 'debug',
    auth: 'required',
    redact: 'a,b',
    cluster: 'x',
    flush: '5s',
    retention: '1h',
    max_bytes: '2MB',
  }
  for (const { key } of settings) {
    const value = other[key] ?? '7'
    const sources = [
      toFlagSource({ [key]: value }),
      toEnvSource({ [toEnvName(key)]: value }),
      file({ [key]: value }),
    ]
    for (const source of sources) {
      expect(resolved(source).entries.find((entry) => entry.key === key)).toMatchObject({ value })
    }
  }
})

test('an unknown key names its place and the nearest', () => {
  expect(refusal(file({ bach: '1' }))).toBe("config.toml:1: unknown key 'bach'; did you mean 'batch'?")
  expect(refusal(file({ zzzzzzzz: '1' }))).toBe("config.toml:1: unknown key 'zzzzzzzz'")
})

describe('a wrong value names its place, itself and what is allowed', () => {
  test.each([
    ['durability', 'strong', 'is none of durable, fast'],
    ['gateways', '0', 'is no whole number from 1 to 64'],
    ['batch', '1.5', 'is no whole number from 1 to 10000'],
    ['flush', '2', 'is no duration: write for example 500ms, 90s, 10m, 2h or 3d'],
    ['flush', '0s', 'is not from 1ms to 1m'],
    ['max_bytes', '1KB', 'is not at least 1MB'],
    [
      'http',
      'localhost',
      'is no HOST:PORT: write for example 127.0.0.1:8000, [::1]:8000, or port 0 for any free one',
    ],
    [
      'http',
      '127.0.0.1:99999',
      'is no HOST:PORT: write for example 127.0.0.1:8000, [::1]:8000, or port 0 for any free one',
    ],
    ['nats', 'http://x', 'is no NATS URL: write for example nats://127.0.0.1:4222'],
    ['cluster', 'a.b', 'is no name of 1 to 64 letters, digits, - and _'],
    ['tempo', '1000.1', 'is no tempo: write beats per minute from 0.1 to 1000, in steps of 0.1'],
    ['log_level', 'loud', 'is none of debug, info, warn, error'],
  ])('%s = %s', (key, value, allowed) => {
    expect(refusal(toEnvSource({ [toEnvName(key)]: value }))).toBe(
      `${toEnvName(key)}: ${key} '${value}' ${allowed}`,
    )
  })
})

test('a wrong value behind a right one is no matter', () => {
  expect(resolved(toFlagSource({ batch: '5' }), file({ batch: 'many' })).config.batch).toBe(5)
})

test('NATS_URL is the setting nats, and BEACON_NATS wins over it; an empty variable is none', () => {
  const entry = (env: Record<string, string>) =>
    resolved(toEnvSource(env)).entries.find(({ key }) => key === 'nats')
  expect(entry({ NATS_URL: 'nats://a:1' })).toEqual({ key: 'nats', value: 'nats://a:1', origin: 'NATS_URL' })
  expect(entry({ NATS_URL: 'nats://a:1', BEACON_NATS: 'nats://b:1' })?.origin).toBe('BEACON_NATS')
  expect(entry({ NATS_URL: '' })?.origin).toBe('default')
})

test('no text makes the resolution throw', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...settings.map(({ key }) => key)),
      fc.string({ unit: 'binary' }),
      (key, text) => {
        expect(() => resolveConfig([toFlagSource({ [key]: text })])).not.toThrow()
      },
    ),
  )
})

test('keys make well-formed names', () => {
  expect(toEnvName('max_bytes')).toBe('BEACON_MAX_BYTES')
  expect(toFlagName('max_bytes')).toBe('--max-bytes')
})

test.each([
  ['statsu', 'status'],
  ['stat', 'start'],
  ['dameon', 'daemon'],
  ['gatway', 'gateway'],
  ['xyz', undefined],
])('the nearest of %s is %s', (text, meant) => {
  expect(nearest(text, ['daemon', 'gateway', 'start', 'status', 'stop'])).toBe(meant)
})
