// A run in words: the line of each second and the summary.

import type { ClaimsResult } from './run-claims.ts'
import type { SimProgress, SimResult } from './sim-result.ts'

const count = (n: number): string => n.toLocaleString('en')
const events = (n: number): string => `${count(n)} ${n === 1 ? 'event' : 'events'}`
const time = (ms: number): string =>
  ms < 1_000 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`

/** One line; rates are those of the second since `before`. */
export function toProgressLine(progress: SimProgress, before: SimProgress | undefined): string {
  const seconds = (progress.elapsed_ms - (before?.elapsed_ms ?? 0)) / 1000
  const rate = (progress.acknowledged - (before?.acknowledged ?? 0)) / seconds
  const parts = [
    `${Math.round(progress.elapsed_ms / 1000)} s`,
    `${count(Math.round(rate))}/s`,
    `acknowledged ${count(progress.acknowledged)}`,
    `p99 ${time(progress.latency_ms.p99)}`,
    `behind ${time(progress.behind_ms)}`,
  ]
  if (progress.claims_acknowledged !== null) parts.push(`claims ${count(progress.claims_acknowledged)}`)
  const refused = progress.rejected_expected + progress.rejected_unexpected
  if (refused > 0) parts.push(`rejected ${count(refused)}`)
  if (progress.retried > 0) parts.push(`retried ${count(progress.retried)}`)
  return parts.join('  ')
}

/** The summary, several lines. */
export function toSummary(result: SimResult): string {
  const { latency_ms: latency } = result
  const lines = [
    ['sent', `${events(result.sent)} in ${count(result.requests)} requests, ${time(result.duration_ms)}`],
    ['acknowledged', count(result.acknowledged)],
    [
      'rejected',
      `${count(result.rejected_expected)} expected, ${count(result.rejected_unexpected)} unexpected`,
    ],
    ['retried', count(result.retried)],
    ['duplicates sent', count(result.duplicates_sent)],
    ['rate', `${count(result.rate_achieved)}/s of ${count(result.rate_nominal)}/s`],
    [
      'latency',
      `p50 ${time(latency.p50)}, p90 ${time(latency.p90)}, p99 ${time(latency.p99)}, max ${time(latency.max)}`,
    ],
    ['behind', `${time(result.behind_ms)} at the end, at most ${time(result.behind_ms_max)}`],
    ['unresolved', `${count(result.unresolved)} without an answer, ${count(result.unsent)} not sent`],
  ]
  const optional: [string, number][] = [
    ['wrong answers', result.wrongly_answered],
    ['unclear answers', result.unclear],
    ['overtaken', result.overtaken],
  ]
  for (const [name, n] of optional) if (n > 0) lines.push([name, count(n)])
  if (result.claims) lines.push(...claimLines(result.claims))
  const width = Math.max(...lines.map(([name]) => (name as string).length))
  const table = lines.map(([name, text]) => `${(name as string).padEnd(width)}  ${text}\n`).join('')
  const notes = [...result.notes, ...(result.claims?.notes ?? [])].map(
    ({ what, detail, count: n }) => `${what}: ${detail}${n > 1 ? ` (${count(n)} times)` : ''}\n`,
  )
  return table + notes.join('') + verdictOf(result)
}

const differencesMax = 10

function claimLines({
  acknowledged,
  too_late,
  rejected_expected,
  retried,
  bars,
  ...claims
}: ClaimsResult): string[][] {
  const said = [
    `${count(acknowledged)} acknowledged`,
    `${count(too_late)} too late`,
    `${count(rejected_expected)} refused as expected`,
    `${count(claims.rejected_unexpected + claims.wrongly_answered + claims.unclear)} unexpectedly`,
    `${count(retried)} retried`,
    `${count(claims.unresolved)} without an answer`,
  ]
  if (!bars)
    return [
      ['claims', said.join(', ')],
      ['bars', 'no reports could be had'],
    ]
  return [
    ['claims', said.join(', ')],
    ['bars', bars.bars === 0 ? 'none was seen whole' : `${bars.agree} of ${bars.bars} reports agree`],
    ...bars.differences
      .slice(0, differencesMax)
      .map(({ from_beat, revision, message }) => [
        '',
        `bar of beat ${from_beat}${revision === null ? '' : `, revision ${revision}`}: ${message}`,
      ]),
  ]
}

function verdictOf(result: SimResult): string {
  const proof = result.ledger ? `\`beacon verify --run ${result.run}\` compares the archive with it.` : ''
  if (result.complete) return `All was answered as it should be. ${proof}\n`
  if (result.interrupted) return `Interrupted. ${proof}\n`
  return `Not all was answered as it should be. ${proof}\n`
}
