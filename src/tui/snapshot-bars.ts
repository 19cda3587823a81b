// The bars of `beacon top --once` for people: the beat, the bars that are open, and the reports.

import type { OpenBar } from '../core/bar-report.ts'
import type { FleetFrame } from '../core/view.ts'
import { barNumber, formatDrift } from './bar-words.ts'
import { formatClock, formatCount } from './format.ts'
import { fitLeft, fitRight, toSafeText } from './line.ts'
import type { BarsPicture } from './snapshot.ts'

/** Blocks of lines. */
export const barsText = (frame: FleetFrame, { pulse, bars }: BarsPicture): string[][] => [
  [pulseText(pulse), ...openText(frame.bars ?? [])],
  reportsText(bars),
]

function pulseText(pulse: BarsPicture['pulse']): string {
  if (!pulse) return 'pulse   —'
  const { beat_index, from_beat, beats_per_bar, phase, tempo_bpm, leader, epoch, degraded } = pulse
  return [
    `pulse   ${tempo_bpm} BPM`,
    `bar ${formatCount(barNumber(pulse))}`,
    `beat ${beat_index - from_beat + 1} of ${beats_per_bar}, ${phase}`,
    degraded
      ? 'degraded: counted without a leader'
      : `leader ${toSafeText(leader ?? 'none')}, epoch ${epoch}`,
  ].join('  ')
}

const openText = (bars: OpenBar[]): string[] =>
  bars.map((bar) => {
    const states = bar.states.map(([state, agents]) => `${formatCount(agents)} ${state}`)
    // Without a bar before, nobody is expected.
    const of = bar.agents_expected === 0 ? '' : ` of ${formatCount(bar.agents_expected)}`
    const agents = bar.agents_reporting === 1 && of === '' ? 'agent' : 'agents'
    const claims = bar.claims === 1 ? 'claim' : 'claims'
    const counts = `${formatCount(bar.agents_reporting)}${of} ${agents}  ${formatCount(bar.claims)} ${claims}`
    return `open    bar ${formatCount(barNumber(bar))}  ${[counts, ...states].join('  ')}`
  })

const cells = [8, 8, 19, 8, 8, 6, 6, 10, 4] as const

function reportsText(bars: BarsPicture['bars']): string[] {
  const line = (texts: string[], last: string): string =>
    [...cells.map((width, i) => (i === 0 ? fitLeft : fitRight)(texts[i] ?? '', width)), last]
      .join('  ')
      .trimEnd()
  const rows = bars.map((bar) => {
    const issued_ms = Date.parse(bar.issued_at)
    const issues = bar.issues.map(({ category, count }) => `${formatCount(count)} ${toSafeText(category)}`)
    return line(
      [
        Number.isFinite(issued_ms) ? formatClock(issued_ms).slice(0, 8) : '—',
        formatCount(barNumber(bar)),
        `${formatCount(bar.from_beat)}–${formatCount(bar.to_beat)}`,
        formatCount(bar.agents_reporting),
        formatCount(bar.on_time_reviews),
        formatCount(bar.help_promises_fulfilled),
        formatCount(bar.late_claims),
        formatDrift(bar.tempo_drift_ms),
        String(bar.revision),
      ],
      issues.join(', '),
    )
  })
  return [
    line(['WHEN', 'BAR', 'BEATS', 'AGENTS', 'ON TIME', 'HELP', 'LATE', 'DRIFT', 'REV'], 'ISSUES'),
    ...(rows.length === 0 ? ['no report yet: the first one comes when a bar with claims is over'] : rows),
  ]
}
