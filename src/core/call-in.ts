// What a heartbeat, a registration or a goodbye says of the process that speaks: its lease, when it calls in again, which
// installation it is, and where it runs. Anybody may write such metadata, so all of it is checked and kept small.

import { cut } from './event-summary.ts'
import { leaseLimits, leaseOf } from './installation.ts'
import { parseMetadata } from './parse-metadata.ts'

type CallIn = {
  /** `heartbeat_interval_s` or `interval_s`. */
  interval_ms?: number
  /** How long it may stay silent from now on. */
  lease_ms?: number
  installation_id?: string
  /** Platform as JSON text. */
  platform?: string
}

const names = ['interval_s":', '"lease_ms":', '"installation_id":', '"platform":']

/** Of metadata as JSON text; empty when it says nothing of this. */
export function parseCallIn(metadata: string): CallIn {
  if (!names.some((name) => metadata.includes(name))) return {}
  const { heartbeat_interval_s, interval_s, lease_ms, installation_id, platform } = parseMetadata(metadata)
  const call: CallIn = {}
  const seconds = heartbeat_interval_s ?? interval_s
  if (isPositive(seconds)) call.interval_ms = Math.min(seconds, leaseLimits.interval_s_max) * 1_000
  if (isPositive(lease_ms))
    call.lease_ms = Math.min(Math.max(Math.round(lease_ms), leaseLimits.lease_ms_min), lease_ms_max)
  if (typeof installation_id === 'string' && installation_id.length <= id_chars_max)
    call.installation_id = installation_id
  const where = toPlatform(platform)
  if (where !== undefined) call.platform = where
  return call
}

const lease_ms_max = leaseOf(leaseLimits.interval_s_max * 1_000)
const id_chars_max = 128
const fields_max = 12
const name_chars_max = 64

/** Its plain fields, as many as a person would read; long texts are cut. Undefined when it has no type. */
function toPlatform(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { type, ...rest } = value as Record<string, unknown>
  if (typeof type !== 'string') return undefined
  const fields = Object.entries(rest)
    .filter(([name, field]) => name.length <= name_chars_max && isPlain(field))
    .slice(0, fields_max)
    .map(([name, field]) => [name, typeof field === 'string' ? cut(field) : field])
  return JSON.stringify({ type: cut(type), ...Object.fromEntries(fields) })
}

const isPlain = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number'
const isPositive = (value: unknown): value is number => typeof value === 'number' && value > 0
