// The pulse for people, at one glance.

import type { PulseDocument } from '../core/pulse-document.ts'
import { formatTable } from './table-layout.ts'

export function toBeatPage(pulse: PulseDocument): string {
  const rows: (readonly [name: string, text: string])[] = [
    ['beat', `${pulse.beat_index} · ${pulse.phase}${pulse.downbeat ? ' · downbeat' : ''}`],
    [
      'bar',
      `beat ${pulse.beat_index - pulse.from_beat + 1} of ${pulse.beats_per_bar} (${pulse.from_beat}–${pulse.to_beat})`,
    ],
    ['window', pulse.window_id],
    ['tempo', toTempo(pulse)],
    ['leader', toLeader(pulse)],
    ['jitter', toJitter(pulse)],
    ['drift', toDrift(pulse)],
  ]
  return formatTable(
    [
      { name: 'name', value: ([name]) => name },
      { name: 'text', value: ([, text]) => text },
    ],
    rows,
    Number.POSITIVE_INFINITY,
    { heading: false },
  )
}

const toTempo = ({ tempo_bpm, tempo_next, tempo_min_bpm, tempo_max_bpm }: PulseDocument): string =>
  `${tempo_bpm} BPM, ${toMs(60_000 / tempo_bpm)} a beat; ${
    tempo_next
      ? `${tempo_next.bpm} BPM from beat ${tempo_next.at_beat} on`
      : `may go to ${tempo_min_bpm}–${tempo_max_bpm}`
  }`

function toLeader({ leader, epoch, degraded }: PulseDocument): string {
  if (degraded)
    return `none is heard: the beat is counted locally${leader === null ? '' : `, last by ${leader}`}`
  return leader === null ? 'unknown' : `${leader} (epoch ${epoch})`
}

const toJitter = ({ jitter_ms }: PulseDocument): string =>
  jitter_ms
    ? `p50 ${toMs(jitter_ms.p50)}, p95 ${toMs(jitter_ms.p95)}, p99 ${toMs(jitter_ms.p99)}, max ${toMs(jitter_ms.max)}`
    : 'not measured yet'

function toDrift({ last_bar }: PulseDocument): string {
  if (!last_bar) return 'no bar has ended yet'
  const { drift_ms, beats, from_beat, leader_changes } = last_bar
  const side = drift_ms < 0 ? 'ahead' : 'behind'
  const changes =
    leader_changes === 0 ? '' : `, ${leader_changes} change${leader_changes === 1 ? '' : 's'} of leader`
  return `${toMs(Math.abs(drift_ms))} ${side} in the last bar (${beats} beats from ${from_beat}${changes})`
}

/** `0.12 ms`, `12.3 ms`, `500 ms`, `6 s`. */
function toMs(ms: number): string {
  if (ms >= 10_000) return `${Number((ms / 1_000).toFixed(1))} s`
  return `${Number(ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0))} ms`
}
