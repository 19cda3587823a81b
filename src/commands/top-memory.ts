// What `beacon top` remembers from one run to the next, in `<home>/top.json`. A convenience: what is wrong with it is no error.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from '../daemon/home.ts'
import { writeFileAtomic } from '../daemon/write-file-atomic.ts'
import type { Memory } from '../tui/model.ts'
import { themeNames } from '../tui/themes.ts'

const fileOf = (home: Home): string => join(home.root, 'top.json')
const lines_max = 50
const line_length_max = 1_000

/** Only what is there and well formed. */
export function readTopMemory(home: Home): Partial<Memory> {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(fileOf(home), 'utf8'))
  } catch {
    return {}
  }
  if (typeof content !== 'object' || content === null) return {}
  const { filters, searches, commands, theme, mouse } = content as Record<string, unknown>
  const known = themeNames.find((name) => name === theme)
  return {
    ...toLines('filters', filters),
    ...toLines('searches', searches),
    ...toLines('commands', commands),
    ...(known ? { theme: known } : {}),
    ...(typeof mouse === 'boolean' ? { mouse } : {}),
  }
}

export function writeTopMemory(home: Home, memory: Memory): void {
  try {
    writeFileAtomic(fileOf(home), `${JSON.stringify(memory, null, 2)}\n`, 0o600)
  } catch {
    // A full disk or a home of someone else's: the screen goes on.
  }
}

function toLines<Name extends string>(name: Name, value: unknown): Partial<Record<Name, string[]>> {
  if (!Array.isArray(value)) return {}
  const lines = value.filter((line) => typeof line === 'string' && line.length <= line_length_max)
  return { [name]: lines.slice(0, lines_max) } as Partial<Record<Name, string[]>>
}
