// Names out of a known list, as people write them.

import { nearest } from './nearest.ts'
import { err, ok, type Result } from './result.ts'

/**
 * A parser of one of `names`, whatever its letter case. The error lists them, with what else may stand there (`more`), and
 * the one most likely meant.
 */
export function parseOneOf<Name extends string>(
  names: readonly Name[],
  { aliases = {}, more = [] }: { aliases?: Record<string, Name>; more?: string[] } = {},
): (text: string) => Result<Name, string> {
  return (text) => {
    const word = text.toLowerCase()
    const name =
      names.find((each) => each === word) ?? (Object.hasOwn(aliases, word) ? aliases[word] : undefined)
    if (name !== undefined) return ok(name)
    const meant = nearest(word, [...names, ...Object.keys(aliases)])
    const all = `is none of ${[...names, ...more].join(', ')}`
    return err(meant === undefined ? all : `${all}; did you mean ${meant}?`)
  }
}
