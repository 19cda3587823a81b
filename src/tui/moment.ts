// A moment as people type it: `10m` ago, `12:41` or `12:41:03` of today, RFC 3339, or an event's sequence `#81233`.

import { parseTime } from '../core/duration.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Moment } from './model.ts'

const clock = /^(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?$/

/** Clock times are local, and the last such moment before `now_ms`. Null is the present. */
export function parseMoment(text: string, now_ms: number): Result<Moment | null, string> {
  const word = text.trim()
  if (word === 'now' || word === 'live') return ok(null)
  if (/^#\d+$/.test(word)) return ok({ seq: Number(word.slice(1)) })
  const match = clock.exec(word)
  if (match) {
    const [hours, minutes, seconds] = match.slice(1, 4).map((part) => Number(part ?? 0)) as [
      number,
      number,
      number,
    ]
    if (hours > 23 || minutes > 59 || seconds > 59) return err('is no time of a day')
    const at = new Date(now_ms)
    at.setHours(hours, minutes, seconds, Number((match[4] ?? '0').padEnd(3, '0')))
    if (at.getTime() > now_ms) at.setDate(at.getDate() - 1)
    return ok({ at_ms: at.getTime() })
  }
  const time = parseTime(word.replace(/^[-−]/, ''), now_ms)
  if (!time.ok) return err('is no time: write 10m for ten minutes ago, 12:41:03, or #81233 for an event')
  if (time.value > now_ms) return err('is in the future')
  return ok({ at_ms: time.value })
}
