// Which nats-server fits which promise: reads the version that a server prints and compares it.

import type { Durability } from '../../core/config.ts'

/**
 * The oldest version that keeps each profile's promise, and why an older one cannot. From 2.15 on an atomic batch is
 * committed with a handful of fsyncs; before 2.10.23 a crash of the process could lose a whole stream.
 */
export const oldestFit = {
  durable: { version: '2.15.0', why: 'older ones cannot write a batch to disk as one commit' },
  fast: { version: '2.10.23', why: 'older ones can lose a whole stream when the process crashes' },
} as const satisfies Record<Durability, { version: string; why: string }>

/** True when a server of this version keeps the profile's promise. */
export function fits(version: string, durability: Durability): boolean {
  return compareVersions(version, oldestFit[durability].version) >= 0
}

/** The profiles that a server of this version can run, strongest first; empty when it fits none. */
export function profilesOf(version: string): Durability[] {
  return (['durable', 'fast'] as const).filter((durability) => fits(version, durability))
}

/** Says in plain words why this version does not fit. Only for a version that does not. */
export function unfitReason(version: string, durability: Durability): string {
  const oldest = oldestFit[durability]
  return `version ${version} is too old for ${durability}, which needs ${oldest.version} or newer: ${oldest.why}`
}

/** The version in what `nats-server --version` prints, such as `nats-server: v2.15.1`; undefined for anything else. */
export function parseVersionOutput(output: string): string | undefined {
  return /^nats-server: v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)\s*$/m.exec(output)?.[1]
}

/** Negative when `a` is older than `b`. As in SemVer 2.0, a pre-release is older than its release. */
export function compareVersions(a: string, b: string): number {
  const left = split(a)
  const right = split(b)
  for (let i = 0; i < 3; i++) {
    const difference = (left.numbers[i] ?? 0) - (right.numbers[i] ?? 0)
    if (difference !== 0) return difference
  }
  if (left.pre === right.pre) return 0
  if (left.pre === '') return 1
  if (right.pre === '') return -1
  return left.pre < right.pre ? -1 : 1
}

function split(version: string): { numbers: number[]; pre: string } {
  const dash = version.indexOf('-')
  const core = dash === -1 ? version : version.slice(0, dash)
  return { numbers: core.split('.').map(Number), pre: dash === -1 ? '' : version.slice(dash + 1) }
}
