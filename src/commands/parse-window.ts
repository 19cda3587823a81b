// The id of a window as people write it: its first digits are enough.

import { err, ok, type Result } from '../core/result.ts'

export function parseWindow(text: string): Result<string, string> {
  const id = text.toLowerCase()
  return /^[0-9a-f]{1,32}$/.test(id) ? ok(id) : err('is no id of a window: it has 32 hexadecimal digits')
}
