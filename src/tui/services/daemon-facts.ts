// What the daemon says about itself as a whole: readiness, promise, doors, disk, stream and books.

import type { StatusDocument } from '../../core/status.ts'
import { formatAge, formatCount } from '../format.ts'
import { type Piece, toSafeText } from '../line.ts'
import type { Paint } from '../paint.ts'

const bar_cells = 20
const full_share = 0.8

/** Lines of a name and what there is to say; reasons not to be ready come first. */
export function daemonFacts(status: StatusDocument, paint: Paint): Piece[][] {
  const { disk, broker } = status
  const readiness: Piece = status.ready ? ['ready', paint.good] : ['NOT READY', paint.bad]
  const lines: Piece[][] = [
    fact('daemon', paint, readiness, [
      `  beacon ${status.version}  up ${formatAge(status.uptime_s * 1_000)}  pid ${status.pid}`,
    ]),
    ...status.not_ready_reasons.map((reason) => fact('', paint, [toSafeText(reason), paint.bad])),
    fact('profile', paint, [status.profile, paint.bold], [`: ${toSafeText(status.promise)}`, paint.dim]),
    fact('doors', paint, [`http://${toSafeText(status.http)}  nats://${toSafeText(status.nats)}`]),
    fact('home', paint, [toSafeText(status.home)]),
    fact(
      'disk',
      paint,
      ...meter(disk.total_bytes - disk.free_bytes, disk.total_bytes, paint),
      [`  ${size(disk.free_bytes)} free of ${size(disk.total_bytes)}`],
      disk.disk_low ? ['  LOW: new events are refused', paint.bad] : [''],
    ),
  ]
  if (broker.stream) {
    const { bytes, max_bytes, messages, first_seq, last_seq } = broker.stream
    lines.push(
      fact('stream', paint, ...meter(bytes, max_bytes, paint), [
        `  ${formatCount(messages)} messages, ${size(bytes)} of ${size(max_bytes)}, #${formatCount(first_seq)} to #${formatCount(last_seq)}`,
      ]),
    )
  }
  lines.push(fact('books', paint, ...booksOf(status, paint)))
  return lines
}

const fact = (name: string, paint: Paint, ...pieces: Piece[]): Piece[] => [
  [`  ${name.padEnd(8)} `, paint.dim],
  ...pieces,
]

function meter(used: number, total: number, paint: Paint): Piece[] {
  const share = total > 0 ? Math.min(1, Math.max(0, used / total)) : 0
  const full = Math.round(share * bar_cells)
  const sign = paint.glyphs.bars.at(-1) as string
  return [
    [sign.repeat(full), share > full_share ? paint.warn : paint.accent],
    [paint.glyphs.rule.repeat(bar_cells - full), paint.dim],
    [
      ` ${Math.round(share * 100)
        .toString()
        .padStart(3)} %`,
    ],
  ]
}

function booksOf({ books }: StatusDocument, paint: Paint): Piece[] {
  if (!books) return [['not known while the archiver or the broker cannot be asked', paint.warn]]
  const { accepted, archived, duplicate, quarantined, in_flight, balanced } = books
  return [
    [
      `accepted ${formatCount(accepted)} = archived ${formatCount(archived)} + duplicate ${formatCount(duplicate)} + quarantined ${formatCount(quarantined)} + in flight ${formatCount(in_flight)}`,
    ],
    balanced ? ['  balanced', paint.good] : ['  DOES NOT BALANCE', paint.bad],
  ]
}

/** Two or three digits, so that it stands still: `940 MB`, `84.6 GB`. */
const size = (bytes: number): string =>
  bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
