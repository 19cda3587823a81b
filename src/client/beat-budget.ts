// Work within a budget of beats: time is the swarm's, so a change of tempo moves the end.

import { beatMs } from '../core/beat.ts'
import type { Beat } from '../core/beat-tracker.ts'
import { BeaconError } from '../core/errors.ts'

/** `beats_used` counts parts of beats too. */
export type BudgetResult<T> =
  | { outcome: 'done'; value: T; beats_used: number }
  | { outcome: 'failed'; error: unknown; beats_used: number }
  /** The budget was used up before the work was done. Its signal was aborted; what it does after that is not waited for. */
  | { outcome: 'over'; beats_used: number }
  /** The connection was closed meanwhile; the signal was aborted. */
  | { outcome: 'closed'; beats_used: number }

export type BeatBudgets = {
  run<T>(beats: number, work: (signal: AbortSignal) => Promise<T> | T): Promise<BudgetResult<T>>
  /** The schedule may have changed: looks at every budget again. */
  review(): void
  close(): void
}

type Budget = { review(): void; close(): void }

const timeoutMax_ms = 2 ** 31 - 1

/** Where in the beats this is: index and the part of the beat that is over. */
const positionOf = ({ beat_index, progress }: Beat): number => beat_index + progress

export function makeBeatBudgets(now: () => Beat | undefined): BeatBudgets {
  const open = new Set<Budget>()
  return {
    async run<T>(beats: number, work: (signal: AbortSignal) => Promise<T> | T) {
      if (!(beats > 0 && Number.isFinite(beats))) {
        throw new BeaconError('usage', `a budget is a number of beats above 0, not ${beats}`)
      }
      const first = now()
      if (!first) throw new BeaconError('beat_unknown', 'a budget of beats cannot be counted')
      const from = positionOf(first)
      const used = (): number => {
        const present = now()
        return present ? Math.min(beats, Math.max(0, positionOf(present) - from)) : 0
      }
      const end = new AbortController()
      const { promise, resolve } = Promise.withResolvers<BudgetResult<T>>()
      let timer: NodeJS.Timeout | undefined
      const budget: Budget = {
        review() {
          clearTimeout(timer)
          const left = beats - used()
          if (left <= 0) {
            end.abort(new DOMException(`the budget of ${beats} beats is used up`, 'TimeoutError'))
            resolve({ outcome: 'over', beats_used: beats })
            return
          }
          const wait_ms = left * beatMs(now()?.tempo_bpm ?? first.tempo_bpm)
          timer = setTimeout(budget.review, Math.min(timeoutMax_ms, Math.max(1, Math.ceil(wait_ms))))
        },
        close() {
          end.abort(new DOMException('the connection was closed', 'AbortError'))
          resolve({ outcome: 'closed', beats_used: used() })
        },
      }
      open.add(budget)
      budget.review()
      try {
        settle(work, end.signal).then(
          (value) => resolve({ outcome: 'done', value, beats_used: used() }),
          (error: unknown) => resolve({ outcome: 'failed', error, beats_used: used() }),
        )
        return await promise
      } finally {
        open.delete(budget)
        clearTimeout(timer)
      }
    },
    review() {
      for (const budget of [...open]) budget.review()
    },
    close() {
      for (const budget of [...open]) budget.close()
    },
  }
}

/** What throws at once is a rejection like any other. */
const settle = async <T>(work: (signal: AbortSignal) => Promise<T> | T, signal: AbortSignal): Promise<T> =>
  await work(signal)
