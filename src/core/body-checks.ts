// What the doors check of untrusted JSON: how deep and how long it is, and what to call it in a message.

import type { Json } from './event.ts'

/** Whether objects and arrays nest at most `levels` deep, the value itself being the first. */
export function isShallow(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  if (Array.isArray(value)) {
    for (const item of value) if (!isShallow(item, levels - 1)) return false
    return true
  }
  for (const key in value) if (!isShallow(value[key] as Json, levels - 1)) return false
  return true
}

/** Follows the name of a field. */
export const loneSurrogate = 'holds half of a surrogate pair: send well-formed Unicode'

/** `null`, `an array`, `a number` … */
export function nameOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** A refused value as a message shows it: JSON, cut where it gets long. */
export const quoteOf = (value: Json): string => JSON.stringify(value).slice(0, 80)

/** Characters are code points: an emoji counts once. Beyond twice `max` UTF-16 units it is too long in any case, and not counted. */
export const charsOf = (text: string, max: number): number =>
  text.length <= max || text.length > 2 * max ? text.length : [...text].length

export function utf8Length(text: string): number {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // Each half of a surrogate pair stands for two of its four bytes.
    if (unit < 0x80) bytes += 1
    else if (unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff)) bytes += 2
    else bytes += 3
  }
  return bytes
}
