// Secrets taken out of events before they are stored: fields by their names, and Beacon's own tokens wherever they stand.

import type { Json } from './event.ts'

const redacted = '[redacted]'

/** A token of Beacon inside of a text; its kind and its id may stay, since they open nothing. */
const token = /(s(?:kt|rt|ft|at)_[0-9a-f]{12,32}_)[A-Za-z0-9_-]{43}/g

/** The same value when there is nothing to take out. */
export type Redact = <Value extends Json>(value: Value) => Value

/** `names` of fields, in any case, at any depth; what they hold is replaced as a whole, unless it is null, true or false. */
export function makeRedact(names: readonly string[]): Redact {
  const secret = new Set(names.map((name) => name.toLowerCase()))

  function redactField(name: string, value: Json): Json {
    const open = value === null || typeof value === 'boolean'
    return !open && secret.has(name.toLowerCase()) ? redacted : redact(value)
  }

  function redact(value: Json): Json {
    if (typeof value === 'string') return redactTokens(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) {
      const items = value.map(redact)
      return items.some((item, i) => item !== value[i]) ? items : value
    }
    let copy: { [field: string]: Json } | undefined
    for (const name of Object.keys(value)) {
      const given = value[name] as Json
      const next = redactField(name, given)
      if (next !== given) copy = { ...(copy ?? value), [name]: next }
    }
    return copy ?? value
  }

  return redact as Redact
}

/** Nearly every text holds none, and a search for `_` is cheaper than a match. */
const redactTokens = (text: string): string =>
  text.length > 48 && text.includes('_') ? text.replace(token, `$1${redacted}`) : text
