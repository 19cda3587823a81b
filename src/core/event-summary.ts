// A few words that say what an event was about, from its metadata: what a person would look at first.

export const wordKeys = ['error', 'message', 'msg', 'text', 'reason', 'notes', 'note', 'detail'] as const
const textMax = 120

/** `error: upstream 503`, a message as it is, what a claim or a command says, or the first few plain values: `progress 0.4  latency_ms 31`. Not escaped. */
export function summarizeMetadata(metadata: string): string {
  if (metadata === '{}') return ''
  let fields: Record<string, unknown>
  try {
    fields = JSON.parse(metadata) as Record<string, unknown>
  } catch {
    return ''
  }
  if (isClaim(fields)) return cut(claimWords(fields))
  if (isCommand(fields)) return cut(commandWords(fields))
  for (const key of wordKeys) {
    const value = fields[key]
    if (typeof value === 'string' && value !== '') return cut(key === 'error' ? `error: ${value}` : value)
  }
  return cut(plainValues(fields))
}

/** Metadata that the door has stamped (status-claim.ts). */
const isClaim = ({ beat_index, window_id, on_time }: Record<string, unknown>): boolean =>
  typeof beat_index === 'number' && typeof window_id === 'string' && typeof on_time === 'boolean'

/** `waits for review  build-7  40 %  3 beats left  beat 4977  late`: what it says, and of which beat. */
function claimWords({
  notes,
  task_id,
  progress,
  beats_left,
  beat_index,
  late,
}: Record<string, unknown>): string {
  return [
    typeof notes === 'string' ? notes : '',
    typeof task_id === 'string' ? task_id : '',
    typeof progress === 'number' ? `${Math.floor(progress * 100)} %` : '',
    typeof beats_left === 'number' && beats_left > 0
      ? `${beats_left} ${beats_left === 1 ? 'beat' : 'beats'} left`
      : '',
    `beat ${beat_index}`,
    late === true ? 'late' : '',
  ]
    .filter((word) => word !== '')
    .join('  ')
}

/** Metadata of a step of an order, or of a refused one. */
const isCommand = ({ command, command_id }: Record<string, unknown>): boolean =>
  typeof command === 'string' && typeof command_id === 'string'

/** `terminate by ann: too dear  lease_expired  exit 137`: what, who, why, and what came of it. */
function commandWords({ command, by, reason, outcome, detail }: Record<string, unknown>): string {
  const who = typeof by === 'string' && by !== '' ? ` by ${by}` : ''
  const why = typeof reason === 'string' && reason !== '' ? `: ${reason}` : ''
  return [`${command}${who}${why}`, outcome, detail]
    .filter((word) => typeof word === 'string' && word !== '')
    .join('  ')
}

/** Of a heartbeat: where it comes from and when it is due again is told elsewhere. */
const unremarkable = ['task', 'installation_id', 'lease_ms', 'heartbeat_interval_s']

function plainValues(fields: Record<string, unknown>): string {
  const words: string[] = []
  for (const [key, value] of Object.entries(fields)) {
    if (unremarkable.includes(key) || words.length === 4) continue
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
