// The values of a StatusClaim's fields: each reader gives the value as it is kept, or what is wrong with it, to follow the
// field's name. Bounds that SEEDS.md 4 does not name are ours, and stand in `claimLimits`.

import { charsOf, isShallow, loneSurrogate, nameOf, quoteOf, utf8Length } from './body-checks.ts'
import { type Json, limits } from './event.ts'
import { parseHlcWire } from './hlc-wire.ts'
import { nearest } from './nearest.ts'
import { err, ok, type Result } from './result.ts'

export type ReadField = (value: Json) => Result<Json, string>

export const claimLimits = {
  id_chars_max: 128,
  beats_left_max: 1_000,
  notes_chars_max: 256,
  dependencies_max: 100,
  /** One level less than an event's, since a claim's metadata is stored within the event's. */
  metadata_depth_max: limits.metadata_depth_max - 1,
  /** UTF-8, as JSON: what an event may have, less the room for all other fields of a claim. */
  metadata_bytes_max: limits.event_bytes_max - 32 * 1024,
} as const

const idForm = /^[A-Za-z0-9_:-]{1,128}$/
const idRule = `1–${claimLimits.id_chars_max} of the characters A–Z a–z 0–9 _ : -`

export const readId: ReadField = (value) =>
  typeof value === 'string' && idForm.test(value) ? ok(value) : err(`must be a text of ${idRule}`)

export const readConstant =
  (wanted: string): ReadField =>
  (value) =>
    value === wanted ? ok(value) : err(`must be "${wanted}", this is ${quoteOf(value)}`)

/** One of `names`, or an alias for one. */
export const readName =
  (names: readonly string[], aliases: Readonly<Record<string, string>>): ReadField =>
  (value) => {
    if (typeof value !== 'string') return err(`must be a string, this is ${nameOf(value)}`)
    if (names.includes(value)) return ok(value)
    if (Object.hasOwn(aliases, value)) return ok(aliases[value] as string)
    const meant = nearest(value.slice(0, 40), [...names, ...Object.keys(aliases)])
    const known = `${quoteOf(value)} is none of ${names.join(', ')}`
    return err(meant === undefined ? known : `${known}; did you mean ${meant}?`)
  }

export const readWhole =
  (max: number): ReadField =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max
      ? ok(value)
      : err(`must be a whole number from 0 to ${max}, this is ${quoteOf(value)}`)

/** A share from 0 to 1. */
export const readShare: ReadField = (value) =>
  typeof value === 'number' && value >= 0 && value <= 1
    ? ok(value)
    : err(`must be a number from 0 to 1, this is ${quoteOf(value)}`)

export const readHlc: ReadField = (value) =>
  typeof value === 'string' && parseHlcWire(value) !== undefined
    ? ok(value)
    : err(`must be a clock of the form hhhh:hhhh:hhhh in hexadecimal, this is ${quoteOf(value)}`)

export const readNotes: ReadField = (value) => {
  if (typeof value !== 'string') return err(`must be a string, this is ${nameOf(value)}`)
  if (!value.isWellFormed()) return err(loneSurrogate)
  const max = claimLimits.notes_chars_max
  const chars = charsOf(value, max)
  return chars <= max ? ok(value) : err(`has ${chars} characters, at most ${max} are allowed: shorten it`)
}

const resourceNames = ['cpu_percent', 'memory_mb', 'disk_io_ops', 'network_kb']

export const readResources: ReadField = (value) => {
  if (!isObject(value)) return err(`must be a JSON object, this is ${nameOf(value)}`)
  const kept: { [name: string]: Json } = {}
  for (const [name, amount] of Object.entries(value)) {
    if (!resourceNames.includes(name))
      return err(`has no ${quoteOf(name)}: only ${resourceNames.join(', ')} are allowed`)
    if (amount === null) continue
    if (typeof amount !== 'number' || !(amount >= 0 && amount < Number.POSITIVE_INFINITY))
      return err(`.${name} must be a number of at least 0, this is ${quoteOf(amount)}`)
    kept[name] = amount
  }
  return ok(kept)
}

export const readDependencies: ReadField = (value) => {
  if (!Array.isArray(value)) return err(`must be an array of task ids, this is ${nameOf(value)}`)
  const max = claimLimits.dependencies_max
  if (value.length > max) return err(`has ${value.length} ids, at most ${max} are allowed`)
  const wrong = value.findIndex((id) => !readId(id).ok)
  return wrong < 0 ? ok(value) : err(`[${wrong}] must be a text of ${idRule}`)
}

export const readMetadata: ReadField = (value) => {
  if (!isObject(value)) return err(`must be a JSON object, this is ${nameOf(value)}`)
  const { metadata_depth_max: depth_max, metadata_bytes_max: bytes_max } = claimLimits
  if (!isShallow(value, depth_max)) return err(`is nested deeper than ${depth_max} levels: flatten it`)
  const bytes = utf8Length(JSON.stringify(value))
  return bytes <= bytes_max
    ? ok(value)
    : err(`has ${bytes} bytes, at most ${bytes_max} are allowed: keep it elsewhere and send a reference`)
}

const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
