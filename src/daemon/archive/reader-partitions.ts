// The partitions as a reader sees them: opened read-only when first needed, looked for anew each time, since the
// writer adds and removes them at any moment.

import type { ArchiveCursor, PartitionSummary } from './cursor.ts'
import { getMeta } from './cursor.ts'
import { damaged } from './damaged.ts'
import { Environment } from './environment.ts'
import { listPartitions } from './partition.ts'

export class ReaderPartitions {
  readonly dir: string
  readonly #open = new Map<string, Environment>()
  #users = 0

  constructor(dir: string) {
    this.dir = dir
  }

  /** Names, oldest first. */
  names(): string[] {
    return listPartitions(this.dir)
  }

  /** Undefined when it was removed meanwhile. */
  get(name: string): Environment | undefined {
    const known = this.#open.get(name)
    if (known) return known
    try {
      const environment = new Environment(this.dir, name, 'read')
      this.#open.set(name, environment)
      return environment
    } catch (error) {
      if (this.names().includes(name)) throw error
      return undefined
    }
  }

  /** While a use lasts, no partition is closed, even when retention removes it. Call the result when done. */
  use(): () => void {
    if (this.#users === 0) this.#closeRemoved()
    this.#users++
    return () => {
      this.#users--
    }
  }

  async close(): Promise<void> {
    const environments = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(environments.map((environment) => environment.close()))
  }

  #closeRemoved(): void {
    const names = new Set(this.names())
    for (const [name, environment] of this.#open) {
      if (names.has(name)) continue
      this.#open.delete(name)
      void environment.close()
    }
  }
}

/** Where a partition ends and what it holds, on one snapshot. Throws BeaconError `archive_damaged`. */
export function readSummary(environment: Environment): { cursor: ArchiveCursor; summary: PartitionSummary } {
  const { cursor, summary } = environment.read(() => ({
    cursor: getMeta(environment, 'cursor'),
    summary: getMeta(environment, 'partition'),
  }))
  if (cursor === undefined || cursor === 'damaged') throw damaged(environment.name, 'its cursor row')
  if (summary === undefined || summary === 'damaged') throw damaged(environment.name, 'its partition row')
  return { cursor, summary }
}
