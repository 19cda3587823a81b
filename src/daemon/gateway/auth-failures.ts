// Wrong tokens, counted per sender: whoever goes on with them is told to stop, while a right token always passes.

import { BeaconError, type ErrorCode } from '../../core/errors.ts'

export type AuthFailures = {
  /** The error to answer with: the refusal itself, or rate_limited when there were too many within a minute. */
  count(sender: string, code: ErrorCode): BeaconError
}

const perMinute_max = 30
const window_ms = 60_000
/** Beyond so many senders a minute they are counted as one. */
const senders_max = 1_000

const details: Partial<Record<ErrorCode, string>> = {
  token_expired: 'it was valid once',
  token_revoked: 'it was valid once',
}

export function makeAuthFailures(now_ms: () => number = () => performance.now()): AuthFailures {
  let counts = new Map<string, number>()
  let began = now_ms()
  return {
    count(sender, code) {
      if (now_ms() - began >= window_ms) {
        counts = new Map()
        began = now_ms()
      }
      const key = counts.has(sender) || counts.size < senders_max ? sender : 'others'
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      return count > perMinute_max
        ? new BeaconError('rate_limited', `${count} wrong tokens came from there within a minute`)
        : new BeaconError(code, details[code] ?? 'no token of this instance is like it')
    },
  }
}
