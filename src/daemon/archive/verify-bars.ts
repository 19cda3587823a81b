// Verifies the reports: each row whole, the revisions of a window growing, and every count the one that the archived
// claims give when they are folded again.
//
// A report says how many claims it counted, and claims count in the order of the stream. So it is held against the fold
// of exactly the first so many of its window: those that were stored after it do not disturb.

import type { BarReport } from '../../core/bar-report.ts'
import { type Bar, type Bars, type ClaimFacts, foldClaim, makeBars } from '../../core/bars.ts'
import { peekAgentId } from '../../core/event-line.ts'
import { parseFleetEvent } from '../../core/fleet-event.ts'
import { observeReport, type Reported } from '../../core/stored-report.ts'
import type { Environment } from './environment.ts'
import { parsePositionKey } from './keys.ts'
import { decodeReport, type ReportRecord } from './report-row.ts'
import type { Walkthrough } from './verify-archive.ts'

/** A window that was reported: its claims so far, and the reports that count more of them. */
type Window = { bars: Bars; waiting: ReportRecord[] }

const counted = [
  'agents_reporting',
  'on_time_reviews',
  'help_promises_fulfilled',
  'late_claims',
] as const satisfies (keyof Bar & keyof BarReport)[]

/** A claim may be a beat early and a bar late: at any moment it is for one of so many windows. */
const windowsAtOnce = 3

export class BarsVerifier {
  readonly #walk: Pick<Walkthrough, 'find' | 'totals'>
  readonly #loaded = new Set<string>()
  readonly #windows = new Map<string, Window>()
  readonly #agents = new Map<string, number>()
  readonly #reported: Reported = new Map()
  /** Windows that begin later can be proved; undefined until the first claim is seen behind a place where some are missing. */
  #doubtedTo: number | undefined

  /** `whole`: no claim came before the archive. */
  constructor(walk: Pick<Walkthrough, 'find' | 'totals'>, whole: boolean) {
    this.#walk = walk
    this.#doubtedTo = whole ? -1 : undefined
  }

  /** Takes note of what a partition reports. A window may be reported in the partition after its claims. */
  load(environment: Environment): void {
    if (this.#loaded.has(environment.name)) return
    this.#loaded.add(environment.name)
    environment.read(() => {
      for (const { key, value } of environment.rows('bars')) {
        const record = decodeReport(key, value)
        if (record) this.#windowOf(record.report.window_id).waiting.push(record)
      }
    })
  }

  /** Claims are missing here: nothing can be said of the windows that they may have been for. */
  doubt(): void {
    this.#doubtedTo = undefined
  }

  /** A line of the archive; anything but a claim is passed over. */
  line(line: Buffer, seq: number): void {
    if (!isClaim(line)) return
    const agent_id = peekAgentId(line)
    const claim = agent_id === undefined ? undefined : parseFleetEvent(line, seq, agent_id)?.claim
    if (agent_id === undefined || !claim || this.#isDoubtful(claim)) return
    const window = this.#windows.get(claim.window_id)
    // Nobody reported it.
    if (!window) return
    this.#settle(window, seq)
    foldClaim(window.bars, this.#numberOf(agent_id), claim)
    this.#compareDue(window)
  }

  /** A row, once all claims that were stored before it have been seen. */
  row(environment: Environment, key: Buffer): void {
    const { find, totals } = this.#walk
    totals.reports++
    const { epoch, seq } = parsePositionKey(key)
    const place = `${environment.name} ${epoch}/${seq}`
    const sealed = environment.read(() => environment.get('bars', key))
    const report = sealed && decodeReport(key, sealed)?.report
    if (!report) {
      find('row-damaged', place, 'the report was changed')
      return
    }
    if (observeReport(this.#reported, report) === 'repeated')
      find('report-repeated', place, `${nameOf(report)} is stored behind that or a later one`)
    const window = this.#windows.get(report.window_id)
    if (!window) return
    this.#settle(window, seq + 1)
    if (window.waiting.length === 0) this.#windows.delete(report.window_id)
  }

  /** Reports before `seq` that still wait for claims: there are none that came in time. */
  #settle(window: Window, seq: number): void {
    this.#compareDue(window)
    while (window.waiting[0] && window.waiting[0].seq < seq) {
      const record = window.waiting.shift() as ReportRecord
      const { report } = record
      if (this.#isDoubtful(report)) continue
      this.#walk.find(
        'report-differs',
        placeOf(record),
        `${nameOf(report)} counts ${report.claims} claims, and ${claimsOf(window)} of its window were stored before it`,
      )
    }
  }

  /** Those that count exactly the claims so far. */
  #compareDue(window: Window): void {
    const claims = claimsOf(window)
    if (!window.waiting.some(({ report }) => report.claims === claims)) return
    for (const record of window.waiting)
      if (record.report.claims === claims && !this.#isDoubtful(record.report))
        this.#compare(record, window.bars.open[0])
    window.waiting = window.waiting.filter(({ report }) => report.claims !== claims)
  }

  #compare(record: ReportRecord, bar: Bar | undefined): void {
    const { find, totals } = this.#walk
    const { report } = record
    totals.recounted_reports++
    for (const name of counted) {
      const count = bar?.[name] ?? 0
      if (report[name] !== count)
        find(
          'report-differs',
          placeOf(record),
          `${nameOf(report)} says ${name} ${report[name]}, its claims give ${count}`,
        )
    }
  }

  #isDoubtful({ from_beat, to_beat }: Pick<ClaimFacts, 'from_beat' | 'to_beat'>): boolean {
    this.#doubtedTo ??= from_beat + (windowsAtOnce - 1) * (to_beat - from_beat + 1)
    return from_beat <= this.#doubtedTo
  }

  #windowOf(id: string): Window {
    const known = this.#windows.get(id)
    if (known) return known
    const window = { bars: makeBars(), waiting: [] }
    this.#windows.set(id, window)
    return window
  }

  #numberOf(agent: string): number {
    const number = this.#agents.get(agent) ?? this.#agents.size
    this.#agents.set(agent, number)
    return number
  }
}

const nameOf = ({ window_id, revision }: BarReport): string =>
  `revision ${revision} of window ${window_id.slice(0, 8)}`

const claimsOf = ({ bars }: Window): number => bars.open[0]?.claims ?? 0

const placeOf = ({ epoch, seq }: ReportRecord): string => `report ${epoch}/${seq}`

const kindKey = ',"kind":"'
const claimKind = Buffer.from(`${kindKey}claim"`)

/** As toEventLine writes it: the first such key is the event's own. */
function isClaim(line: Buffer): boolean {
  const at = line.indexOf(kindKey, 0, 'latin1')
  return at >= 0 && line.compare(claimKind, 0, claimKind.length, at, at + claimKind.length) === 0
}
