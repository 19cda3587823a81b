// The numbers of an agent: rates, errors, order, rhythm, and when it was heard from.

import type { AgentDocument, KnownPlatform } from '../../core/agent-document.ts'
import { formatAge, formatClock, formatCount, formatRate, formatSpan, two } from '../format.ts'
import { type Piece, toLine, toSafeText } from '../line.ts'
import type { Paint } from '../paint.ts'

const label_cells = 11

/** One line each, the most telling first. `now_ms` is the aggregator's clock. */
export function numberLines(agent: AgentDocument, now_ms: number, columns: number, paint: Paint): string[] {
  const ago = (time: string): string => toAgo(now_ms - Date.parse(time))
  const count = (value: number, word: string): Piece => [
    `${formatCount(value)} ${word}  `,
    value === 0 ? paint.dim : paint.warn,
  ]
  const line = (label: string, ...pieces: Piece[]): string =>
    toLine([[`  ${label.padEnd(label_cells)}`, paint.dim], ...pieces], columns)
  const named = [agent.task && `task ${agent.task}`, agent.role && `role ${agent.role}`].filter(Boolean)
  return [
    line(
      'events/s',
      [formatRate(agent.rate_1s).padStart(5)],
      [' 1 s  ', paint.dim],
      [formatRate(agent.rate_10s).padStart(5)],
      [' 10 s  ', paint.dim],
      [formatRate(agent.rate_60s).padStart(5)],
      [' 60 s', paint.dim],
    ),
    line('events', [`${formatCount(agent.events)}  `], errorsPiece(agent, paint)),
    line(
      'order',
      count(agent.gaps, agent.gaps === 1 ? 'gap' : 'gaps'),
      count(agent.reorders, 'late'),
      count(agent.missing, 'missing'),
    ),
    line(
      'expected',
      [`every ${toSeconds(agent.expected_interval_s)}`],
      [`  ${expected[agent.expected_from]}`, paint.dim],
    ),
    line('heartbeat', agent.last_heartbeat === null ? ['none', paint.dim] : [ago(agent.last_heartbeat)]),
    ...leasePieces(agent, now_ms, paint).map((pieces) => line('lease', ...pieces)),
    ...(agent.platform === null ? [] : [line('runs in', ...platformPieces(agent.platform, paint))]),
    line('last seen', [ago(agent.last_seen)], [`  #${formatCount(agent.seq)} ${agent.kind}`, paint.dim]),
    line(
      'first seen',
      [ago(agent.first_seen)],
      [`  ${toDay(agent.first_seen)} ${formatClock(Date.parse(agent.first_seen)).slice(0, 8)}`, paint.dim],
    ),
    ...(named.length === 0 ? [] : [line('doing', [toSafeText(named.join('  '))])]),
  ]
}

/** The same in two lines, for screens that have no room for more. */
export function shortNumberLines(
  agent: AgentDocument,
  now_ms: number,
  columns: number,
  paint: Paint,
): string[] {
  const { gaps, reorders, missing } = agent
  const seen = toAgo(now_ms - Date.parse(agent.last_seen))
  return [
    toLine(
      [
        [`  ${formatRate(agent.rate_10s)} events/s  ${toMany(agent.events, 'event')}  `],
        errorsPiece(agent, paint),
        ['  '],
        [
          `${toMany(gaps, 'gap')}  ${formatCount(reorders)} late  ${formatCount(missing)} missing`,
          gaps + reorders + missing === 0 ? paint.dim : paint.warn,
        ],
      ],
      columns,
    ),
    toLine(
      [
        [`  seen ${seen}, expected every ${toSeconds(agent.expected_interval_s)}`],
        [`  ${expected[agent.expected_from]}`, paint.dim],
        ...leasePieces(agent, now_ms, paint).flatMap(([left = ['']]): Piece[] => [['  lease '], left]),
        [agent.platform === null ? '' : `  in ${toSafeText(agent.platform.type)}`],
        [agent.task === null ? '' : `  task ${toSafeText(agent.task)}`],
      ],
      columns,
    ),
  ]
}

/** `ends in 12s  0190a1b2c3d4`, unless it is heard from before; none for an agent without a lease. */
function leasePieces(
  { lease_expires_at, installation_id }: AgentDocument,
  now_ms: number,
  paint: Paint,
): Piece[][] {
  if (lease_expires_at === null) return []
  const left_ms = Date.parse(lease_expires_at) - now_ms
  const installation: Piece = [
    installation_id === null ? '' : `  installation ${toSafeText(installation_id.slice(-12))}`,
    paint.dim,
  ]
  if (left_ms <= 0) return [[[`ran out ${toAgo(-left_ms)}`, paint.bad], installation]]
  return [
    [[`ends in ${formatSpan(left_ms)}`, left_ms < lease_short_ms ? paint.warn : undefined], installation],
  ]
}

const lease_short_ms = 5_000

/** `kubernetes  pod_name: web-1  namespace: prod` */
function platformPieces({ type, ...fields }: KnownPlatform, paint: Paint): Piece[] {
  const said = Object.entries(fields).map(([name, value]) => `  ${name}: ${value}`)
  return [[toSafeText(type)], [toSafeText(said.join('')), paint.dim]]
}

const expected: Record<AgentDocument['expected_from'], string> = {
  heartbeat: 'from its heartbeats',
  rhythm: 'from its rhythm',
  default: 'by default',
}

const errorsPiece = ({ errors, error_share }: AgentDocument, paint: Paint): Piece => {
  const percent = error_share * 100
  const share = percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0)
  return [
    `${toMany(errors, 'error')}, ${share} % lately`,
    errors === 0 ? paint.dim : error_share >= 0.005 ? paint.bad : undefined,
  ]
}

const toMany = (count: number, word: string): string =>
  `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`

const toAgo = (age_ms: number): string => (age_ms < 1_000 ? 'just now' : `${formatAge(age_ms)} ago`)

const toSeconds = (seconds: number): string =>
  seconds < 9.95
    ? `${Number(seconds.toFixed(1))} s`
    : seconds < 120
      ? `${Math.round(seconds)} s`
      : formatAge(seconds * 1_000)

/** `2026-06-26`, local. */
function toDay(time: string): string {
  const at = new Date(time)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}
