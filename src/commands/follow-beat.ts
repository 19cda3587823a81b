// Prints beats as they come; on a terminal a line grows by the phases of its beat.

import type { NatsConnection } from '@nats-io/nats-core'
import { openBeatFeed } from '../client/beat-feed.ts'
import { barOf, beatMs, phaseEnd, phases } from '../core/beat.ts'
import type { BeatFrame, PulseNote } from '../core/beat-frame.ts'
import type { Beat } from '../core/beat-tracker.ts'
import type { CommandContext } from './command-context.ts'
import { csvLine } from './output.ts'

/** One beat, heard or counted on. */
type BeatRow = {
  at: string
  beat_index: number
  downbeat: boolean
  window_id: string
  from_beat: number
  to_beat: number
  tempo_bpm: number
  /** The end of its phase `plan`. */
  deadline_at: string
  leader: string | null
  epoch: number
  /** Sent so long after its scheduled start; null when it was not heard. */
  late_ms: number | null
  degraded: boolean
}

const columns = [
  'at',
  'beat_index',
  'downbeat',
  'window_id',
  'from_beat',
  'to_beat',
  'tempo_bpm',
  'deadline_at',
  'leader',
  'epoch',
  'late_ms',
  'degraded',
] as const satisfies (keyof BeatRow)[]

/** How often it is looked whether frames still come. */
const look_ms = 20

/** Until the signal aborts. */
export async function followBeat(
  { output, io, signal }: Pick<CommandContext, 'output' | 'io' | 'signal'>,
  nc: NatsConnection,
  cluster_id: string,
): Promise<void> {
  const live = io.isTty && (output === 'table' || output === 'wide')
  const timers = new Set<NodeJS.Timeout>()
  let open = false
  let last = -1
  let writing: Promise<void> = Promise.resolve()

  const write = (text: string): void => {
    // A reader that went away aborts the signal.
    writing = writing.then(() => io.write(text)).catch(() => undefined)
  }

  const endLine = (): void => {
    for (const timer of timers) clearTimeout(timer)
    timers.clear()
    if (open) write('\n')
    open = false
  }

  /** The phases of a beat that began `gone_ms` ago, each at its time. */
  const growLine = (row: BeatRow, gone_ms: number): void => {
    open = true
    write(toText(row))
    for (const [i, phase] of phases.entries()) {
      const show = (): void => write(` ${phase.padEnd(7)}`)
      const wait_ms = (i / phases.length) * beatMs(row.tempo_bpm) - gone_ms
      if (wait_ms <= 0) show()
      else timers.add(setTimeout(show, wait_ms))
    }
  }

  const print = (row: BeatRow, gone_ms: number): void => {
    last = row.beat_index
    endLine()
    if (live) growLine(row, gone_ms)
    else if (output === 'jsonl') write(`${JSON.stringify({ schema: 'beacon.beat.v1', ...row })}\n`)
    else if (output === 'csv') write(csvLine(columns.map((column) => row[column])))
    else write(`${toText(row).trimEnd()}\n`)
  }

  if (output === 'csv') write(csvLine([...columns]))
  const feed = openBeatFeed(nc, {
    cluster_id,
    onFrame: (frame, note) => print(toHeard(frame, note), note?.late_ms ?? 0),
  })
  const look = setInterval(() => {
    const beat = feed.now()
    if (beat?.degraded && beat.beat_index > last) print(toCounted(beat), Date.now() - beat.starts_ms)
  }, look_ms)
  await new Promise<void>((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  clearInterval(look)
  feed.close()
  endLine()
  await writing
}

function toHeard(frame: BeatFrame, note: PulseNote | undefined): BeatRow {
  const { beat_index, downbeat, window_id, tempo_bpm, deadline_at } = frame
  return {
    at: new Date().toISOString(),
    beat_index,
    downbeat,
    window_id,
    ...barOf(beat_index, note?.beats_per_bar ?? 1),
    tempo_bpm,
    deadline_at,
    leader: note?.leader ?? null,
    epoch: note?.epoch ?? 0,
    late_ms: note?.late_ms ?? null,
    degraded: false,
  }
}

const toCounted = ({
  beat_index,
  downbeat,
  window_id,
  from_beat,
  to_beat,
  tempo_bpm,
  ...beat
}: Beat): BeatRow => ({
  at: new Date().toISOString(),
  beat_index,
  downbeat,
  window_id,
  from_beat,
  to_beat,
  tempo_bpm,
  deadline_at: new Date(beat.starts_ms + phaseEnd('plan', tempo_bpm)).toISOString(),
  leader: beat.leader,
  epoch: beat.epoch,
  late_ms: null,
  degraded: true,
})

/** `12:41:03.123  beat 1234   35/120  120 BPM  late 0.2 ms` */
function toText(row: BeatRow): string {
  const { at, beat_index, downbeat, from_beat, to_beat, tempo_bpm, late_ms, degraded } = row
  const bar = `${beat_index - from_beat + 1}/${to_beat - from_beat + 1}`
  const kept = degraded ? 'counted here' : late_ms === null ? '' : `+${late_ms.toFixed(1)} ms`
  return `${at.slice(11, 23)}  ${downbeat ? '▌' : ' '} ${String(beat_index).padStart(8)}  ${bar.padStart(9)}  ${tempo_bpm} BPM  ${kept.padStart(9)} `
}
