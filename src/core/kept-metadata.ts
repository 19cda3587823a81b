// How much of an agent's metadata the fleet keeps: whole as long as it is small, else what one would look at first.
//
// There may be a million agents, and any of them may send 256 KiB. The whole stands in the archive.

import { cut, wordKeys } from './event-summary.ts'
import { parseMetadata } from './parse-metadata.ts'

/** Metadata of up to so many characters is kept whole … */
const chars_max = 4_096
/** … while the fleet's together are below this; beyond it each agent has less. */
const fleet_chars_max = 64 * 1024 * 1024
const crowded_chars_max = 256

/** Says how long the whole was. */
const shortenedKey = 'beacon.shortened'

/** `metadata` is JSON text; `fleetChars` is what the fleet keeps in all. Gives JSON text of an object. */
export function keepMetadata(metadata: string, fleetChars: number): string {
  const limit = fleetChars < fleet_chars_max ? chars_max : crowded_chars_max
  return metadata.length <= limit ? metadata : shorten(metadata, limit)
}

/** Plain values, long texts cut, as many as there is room for: those that views ask for first. */
function shorten(metadata: string, limit: number): string {
  const fields = parseMetadata(metadata)
  const kept: Record<string, unknown> = { [shortenedKey]: metadata.length }
  let room = limit - JSON.stringify(kept).length
  for (const key of new Set(['role', 'task', ...wordKeys, ...Object.keys(fields)])) {
    const value = Object.hasOwn(fields, key) ? toPlain(fields[key]) : undefined
    const length = value === undefined ? 0 : JSON.stringify({ [key]: value }).length
    if (value === undefined || length > room) continue
    kept[key] = value
    room -= length
  }
  return JSON.stringify(kept)
}

function toPlain(value: unknown): string | number | boolean | undefined {
  if (typeof value === 'string') return cut(value)
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined
}
