// A few words that say what an event was about, from its metadata: what a person would look at first.

export const wordKeys = ['error', 'message', 'msg', 'text', 'reason', 'notes', 'note', 'detail'] as const
const textMax = 120

/** `error: upstream 503`, a message as it is, or the first few plain values: `progress 0.4  latency_ms 31`. Not escaped. */
export function summarizeMetadata(metadata: string): string {
  if (metadata === '{}') return ''
  let fields: Record<string, unknown>
  try {
    fields = JSON.parse(metadata) as Record<string, unknown>
  } catch {
    return ''
  }
  for (const key of wordKeys) {
    const value = fields[key]
    if (typeof value === 'string' && value !== '') return cut(key === 'error' ? `error: ${value}` : value)
  }
  return cut(plainValues(fields))
}

/** Shown elsewhere, or nothing that a person reads. */
const unsaid = new Set(['task', 'task_id', 'hlc', 'window_id'])

function plainValues(fields: Record<string, unknown>): string {
  const words: string[] = []
  for (const [key, value] of Object.entries(fields)) {
    if (unsaid.has(key) || words.length === 4) continue
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      words.push(`${key} ${value}`)
  }
  return words.join('  ')
}

/** At most 120 UTF-16 units, cut between characters, never inside a surrogate pair. */
export function cut(text: string): string {
  if (text.length <= textMax) return text
  return `${text.slice(0, textMax - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
