// One plain value out of metadata kept as JSON text, mostly without parsing the rest: a view may ask for it of every agent,
// or of every event.

import { scalarOf } from './expression.ts'

/** Gives the value of a key: text or a number, booleans as text; undefined where there is none, or a list or object. */
export type ReadMeta = (metadata: string) => string | number | undefined

/**
 * Reads `key` from what `JSON.stringify` wrote of an object. In such text `"key":` stands in no string, where quotes are
 * escaped; it is a whole key if no backslash precedes it, and the object's own if no other brace does.
 */
export function makeMetaReader(key: string): ReadMeta {
  const wanted = `${JSON.stringify(key)}:`
  return (metadata) => {
    const at = metadata.indexOf(wanted)
    if (at < 0) return undefined
    const from = at + wanted.length
    if (metadata[at - 1] === '\\' || metadata.lastIndexOf('{', at) > 0) return parseValue(metadata, key)
    switch (metadata[from]) {
      case '"': {
        const end = metadata.indexOf('"', from + 1)
        const text = metadata.slice(from + 1, end)
        return text.includes('\\') ? parseValue(metadata, key) : text
      }
      case 't':
        return 'true'
      case 'f':
        return 'false'
      case 'n':
      case '{':
      case '[':
        return undefined
      default:
        return Number.parseFloat(metadata.slice(from, from + number_max))
    }
  }
}

/** No number that JSON.stringify writes is longer. */
const number_max = 25

function parseValue(metadata: string, key: string): string | number | undefined {
  try {
    return scalarOf(JSON.parse(metadata) as Record<string, unknown>, key)
  } catch {
    return undefined
  }
}
