// A small Beacon for claims: beats by a schedule of its own, the door, and reports by its own count; with faults on demand.

import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { StoredBar } from '../../src/core/bar-report.ts'
import { barOf, beatAt, beatMs, type Schedule, startOf, toWindowId } from '../../src/core/beat.ts'
import type { PulseDocument } from '../../src/core/pulse-document.ts'
import { parseStatusClaim, type StatusClaim } from '../../src/core/status-claim.ts'

/** `lose`: stored, then the connection is cut. `refuse`: 503. `cut`: cut before reading. */
export type ClaimFault = 'none' | 'lose' | 'refuse' | 'cut'

export type ClaimServer = {
  url: string
  requests: number
  /** What was stored, repeats and all. */
  stored: StatusClaim[]
  stop(): Promise<void>
}

export type ClaimServerOptions = {
  schedule: Schedule
  beats_per_bar: number
  fault?(request: number): ClaimFault
  /** Shared by the doors of one Beacon. */
  stored?: StatusClaim[]
  /** Makes a report wrong. */
  report?(bar: StoredBar): StoredBar
}

const cluster_id = 'test'

export async function startClaimServer(options: ClaimServerOptions): Promise<ClaimServer> {
  const { schedule, beats_per_bar, fault = () => 'none', report = (bar) => bar } = options
  const state = { url: '', requests: 0, stored: options.stored ?? [] }
  const present = (): number => beatAt(schedule, Date.now())

  function toStatus(): PulseDocument {
    const beat_index = present()
    const at_ms = startOf(schedule, beat_index)
    const length = beatMs(schedule.bpm)
    const bar = barOf(beat_index, beats_per_bar)
    const time = (ms: number): string => new Date(ms).toISOString()
    return {
      schema: 'beacon.pulse.v1',
      cluster_id,
      beat_index,
      phase: 'plan',
      downbeat: beat_index === bar.from_beat,
      window_id: toWindowId(cluster_id, bar.from_beat),
      ...bar,
      beats_per_bar,
      tempo_bpm: schedule.bpm,
      tempo_next: null,
      tempo_min_bpm: schedule.bpm,
      tempo_max_bpm: schedule.bpm,
      beat_at: time(at_ms),
      deadline_at: time(at_ms + length / 3),
      ends_at: time(at_ms + length),
      at: time(Date.now()),
      leader: 'a',
      epoch: 1,
      degraded: false,
      drift_ms: 0,
      jitter_ms: null,
      last_bar: null,
    }
  }

  /** One bar late and one beat early, as SEEDS.md 4 says. */
  function judge(value: unknown): { claim: StatusClaim } | { code: string } {
    const parsed = parseStatusClaim(value)
    if (!parsed.ok) return { code: parsed.error.code }
    const { beat_index } = parsed.value
    const now = present()
    if (beat_index < barOf(now, beats_per_bar).from_beat - beats_per_bar) return { code: 'claim_too_late' }
    return beat_index > now + 1 ? { code: 'claim_too_early' } : { claim: parsed.value }
  }

  function toBars(): StoredBar[] {
    const bars = Map.groupBy(state.stored, ({ beat_index }) => barOf(beat_index, beats_per_bar).from_beat)
    const over = [...bars].filter(([from_beat]) => from_beat + beats_per_bar <= present())
    return over.map(([from_beat, claims], seq) => {
      const agents = Map.groupBy(claims, ({ agent_id }) => agent_id)
      const promises = [...agents.values()].filter((own) => {
        const help = own.findIndex(({ state }) => state === 'helping')
        const { task_id } = own[help] ?? {}
        return own
          .slice(help + 1)
          .some((each) => help >= 0 && each.state === 'completed' && each.task_id === task_id)
      })
      const bar = { from_beat, to_beat: from_beat + beats_per_bar - 1, agents_reporting: agents.size, seq }
      const counts = {
        on_time_reviews: 0,
        help_promises_fulfilled: promises.length,
        claims: claims.length,
        revision: 0,
      }
      return report({ ...bar, ...counts } as StoredBar)
    })
  }

  const server = createServer(async (request, response) => {
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (request.url === '/api/v1/status') return send(200, toStatus())
    if (request.url?.startsWith('/api/v1/bars'))
      return send(200, { schema: 'beacon.bars.v1', bars: toBars(), more: false })
    const kind = fault(state.requests++)
    if (kind === 'cut') return void request.socket.destroy()
    const values = JSON.parse(await readAll(request)) as unknown[]
    if (kind === 'refuse') return send(503, { code: 'overloaded' })
    const verdicts = values.map(judge)
    const errors = verdicts.flatMap((verdict, index) =>
      'code' in verdict ? [{ index, field: '', message: verdict.code, code: verdict.code }] : [],
    )
    for (const verdict of verdicts) if ('claim' in verdict) state.stored.push(verdict.claim)
    if (kind === 'lose') return void request.socket.destroy()
    const counts = { accepted: values.length - errors.length, rejected: errors.length, errors }
    if (counts.accepted === 0) return send(422, { code: 'claim_invalid', ...counts })
    send(202, { status: 'accepted', ...counts })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return Object.assign(state, {
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = ''
  request.setEncoding('utf8')
  for await (const chunk of request) text += chunk
  return text
}
