// Looks a program up as a shell does, in a PATH that is given.

import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** Every executable file of this name on the path, in its order, each file once. */
export function findExecutables(name: string, pathVariable: string): string[] {
  const found = new Map<string, string>()
  for (const folder of pathVariable.split(delimiter)) {
    // An empty or relative entry means the current folder: whoever can write there would choose our broker.
    if (!isAbsolute(folder)) continue
    const path = join(folder, name)
    if (!isExecutable(path)) continue
    const file = realpathSync(path)
    if (!found.has(file)) found.set(file, path)
  }
  return [...found.values()]
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
