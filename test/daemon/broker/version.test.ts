import { expect, test } from 'vitest'
import { compareVersions, fits, parseVersionOutput, profilesOf } from '../../../src/daemon/broker/version.ts'

test.each([
  ['nats-server: v2.15.1\n', '2.15.1'],
  ['nats-server: 2.10.23', '2.10.23'],
  ['nats-server: v2.15.0-RC.1\n', '2.15.0-RC.1'],
  ['a line of a wrapper\nnats-server: v2.15.1\r\n', '2.15.1'],
  ['nats: v0.1.5', undefined],
  ['nats-server: v2.15', undefined],
  ['nginx version: nginx/1.22.1', undefined],
  ['', undefined],
])('the version in %j is %s', (output, version) => {
  expect(parseVersionOutput(output)).toBe(version)
})

test.each([
  ['2.9.10', []],
  ['2.10.22', []],
  ['2.10.23-RC.2', []],
  ['2.10.23', ['fast']],
  ['2.14.99', ['fast']],
  ['2.15.0-RC.1', ['fast']],
  ['2.15.0', ['durable', 'fast']],
  ['2.100.0', ['durable', 'fast']],
  ['3.0.0', ['durable', 'fast']],
])('%s runs the profiles %j', (version, profiles) => {
  expect(profilesOf(version)).toEqual(profiles)
})

test('durable asks for 2.15.0 and fast for 2.10.23', () => {
  expect([fits('2.15.0', 'durable'), fits('2.14.0', 'durable')]).toEqual([true, false])
  expect([fits('2.10.23', 'fast'), fits('2.10.22', 'fast')]).toEqual([true, false])
})

test('versions are ordered by number, and a pre-release is older than its release', () => {
  const ordered = ['2.9.10', '2.10.9', '2.10.23', '2.15.0-RC.1', '2.15.0-RC.2', '2.15.0', '2.15.1', '10.0.0']
  for (const [i, a] of ordered.entries())
    for (const [k, b] of ordered.entries()) expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(i - k))
})
