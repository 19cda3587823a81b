// Keeps the ledger file of a run up to date while the run goes on.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery } from './deliver.ts'
import { type Acknowledged, type LedgerHead, toLedgerText } from './ledger.ts'
import { toLedgerPath, writeLedger } from './ledger-file.ts'

export type LedgerKeeper = {
  path: string | null
  /** Writes the last state, `finished` set. Throws what a write before threw. */
  finish(finished: string): Promise<void>
}

export type KeepLedgerOptions = {
  dir: string | null
  head: Omit<LedgerHead, 'finished'>
  ids: readonly string[]
  acknowledged: Acknowledged
  inDoubt(): Iterable<Delivery>
}

const intervalMs = 1_000
/** A write may take this share of the time: huge swarms are written less often. */
const writeShare = 0.1

export function keepLedger(options: KeepLedgerOptions): LedgerKeeper {
  if (options.dir === null) return { path: null, finish: async () => {} }
  const path = toLedgerPath(options.dir, options.head.run)
  const write = (finished: string | null): Promise<void> =>
    writeLedger(
      path,
      toLedgerText(
        { ...options.head, finished },
        options.ids,
        options.acknowledged,
        unresolved(options.acknowledged, options.inDoubt()),
      ),
    )
  const stop = new AbortController()
  const keep = async (): Promise<void> => {
    let waitMs = 0
    while (!stop.signal.aborted) {
      const before = performance.now()
      await write(null)
      waitMs = Math.max(intervalMs, (performance.now() - before) / writeShare)
      await sleep(waitMs, undefined, { signal: stop.signal }).catch(() => {})
    }
  }
  // The failure is thrown by finish(); until then it must not count as unhandled.
  const keeping = keep().catch((error: unknown) => error)
  return {
    path,
    async finish(finished) {
      stop.abort()
      const failure = await keeping
      if (failure) throw failure
      await write(finished)
    },
  }
}

function unresolved(acknowledged: Acknowledged, deliveries: Iterable<Delivery>): Map<number, number[]> {
  const byAgent = new Map([...acknowledged.doubtful].map(([agent, numbers]) => [agent, [...numbers]]))
  for (const { events } of deliveries) {
    for (const event of events) {
      if (event.agent_seq === 0) continue
      const numbers = byAgent.get(event.agent)
      if (numbers) numbers.push(event.agent_seq)
      else byAgent.set(event.agent, [event.agent_seq])
    }
  }
  return byAgent
}
