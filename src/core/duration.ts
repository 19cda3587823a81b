// Durations, sizes and times as people write them, and back: `10m`, `8GB`, `2026-06-26T12:00:00Z`.

import { err, ok, type Result } from './result.ts'
import { parseRfc3339 } from './rfc3339.ts'

const durationUnits: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

const sizeUnits: Record<string, number> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
}

/** `90s`, `1h30m`, `1.5h`, `500ms` → whole milliseconds. The unit is needed, except for 0. */
export function parseDuration(text: string): Result<number, string> {
  const bad = err('is no duration: write for example 500ms, 90s, 10m, 2h or 3d')
  if (text === '0') return ok(0)
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d|w))+$/.test(text)) return bad
  let total_ms = 0
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-z]+)/g)) {
    total_ms += Number(amount) * (durationUnits[unit ?? ''] ?? Number.NaN)
  }
  total_ms = Math.round(total_ms)
  return Number.isSafeInteger(total_ms) ? ok(total_ms) : bad
}

/** The shortest exact text: the largest unit that divides it, `90s` rather than `1m30s`. */
export function formatDuration(duration_ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const unit_ms = durationUnits[unit] as number
    if (duration_ms >= unit_ms && duration_ms % unit_ms === 0) return `${duration_ms / unit_ms}${unit}`
  }
  return `${duration_ms}ms`
}

/** `8GB`, `512MB`, `64KiB`, `1.5GiB`, plain bytes → whole bytes. KB is 1,000, KiB is 1,024. */
export function parseSize(text: string): Result<number, string> {
  const match = /^(\d+(?:\.\d+)?) ?([KMGT]?i?B)?$/i.exec(text)
  const factor = sizeUnits[match?.[2]?.toUpperCase() ?? 'B']
  const bytes = Math.round(Number(match?.[1]) * (factor ?? Number.NaN))
  return Number.isSafeInteger(bytes) ? ok(bytes) : err('is no size: write for example 8GB, 512MB or 64KiB')
}

/** The shortest exact text for a size, decimal units before binary ones. */
export function formatSize(bytes: number): string {
  for (const unit of ['TB', 'GB', 'MB', 'KB', 'TiB', 'GiB', 'MiB', 'KiB']) {
    const factor = sizeUnits[unit.toUpperCase()] as number
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`
  }
  return `${bytes}B`
}

/** An RFC 3339 time, `now`, or a duration before `now_ms` (`10m` is ten minutes ago) → milliseconds since the epoch. */
export function parseTime(text: string, now_ms: number): Result<number, string> {
  if (text === 'now') return ok(now_ms)
  const instant = parseRfc3339(text)
  if (instant !== undefined) return ok(instant)
  const back = parseDuration(text)
  if (back.ok) return ok(now_ms - back.value)
  return err('is no time: write for example 2026-06-26T12:00:00Z, or 10m for ten minutes ago')
}
