// Numbers and times as the screen shows them: short, of even width, and still.

/** `12,345` */
export const formatCount = (count: number): string =>
  String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',')

/** `0.4`, `67.3`, `773`, `12.3k`: at most five cells below a million. */
export function formatRate(per_s: number): string {
  if (per_s < 99.95) return per_s.toFixed(1)
  if (per_s < 9_999.5) return String(Math.round(per_s))
  return per_s < 999_950 ? `${(per_s / 1_000).toFixed(1)}k` : `${(per_s / 1_000_000).toFixed(1)}M`
}

/** `now`, `42s`, `12m`, `5h`, `3d`: the older, the rarer it changes. */
export function formatAge(age_ms: number): string {
  if (age_ms < 1_000) return 'now'
  if (age_ms < 60_000) return `${Math.floor(age_ms / 1_000)}s`
  if (age_ms < 3_600_000) return `${Math.floor(age_ms / 60_000)}m`
  if (age_ms < 86_400_000) return `${Math.floor(age_ms / 3_600_000)}h`
  return `${Math.floor(age_ms / 86_400_000)}d`
}

/** `42s`, `3m 12s`, `2h 05m`, `3d 04h`: how far away a moment is. */
export function formatSpan(span_ms: number): string {
  const seconds = Math.max(0, Math.round(span_ms / 1_000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h ${two(Math.floor(seconds / 60) % 60)}m`
  return `${Math.floor(seconds / 86_400)}d ${two(Math.floor(seconds / 3_600) % 24)}h`
}

/** `12:41:03.343`, local time. */
export function formatClock(at_ms: number): string {
  const at = new Date(at_ms)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`
}

/** `2026-06-26 12:41:03.343`, local time. */
export function formatStamp(at_ms: number): string {
  const at = new Date(at_ms)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${formatClock(at_ms)}`
}

/** Of a clock's or a date's number, two digits. */
export const two = (value: number): string => String(value).padStart(2, '0')

const bars = ' ▁▂▃▄▅▆▇█'

/** One cell for each count, the newest at the right; anything above zero is visible. `signs` are nothing and eight steps. */
export function sparkline(counts: readonly number[], cells: number, signs = bars): string {
  const shown = counts.slice(-cells)
  const peak = Math.max(1, ...shown)
  return shown
    .map((count) => signs[count === 0 ? 0 : Math.max(1, Math.round((count / peak) * 8))])
    .join('')
    .padStart(cells)
}
