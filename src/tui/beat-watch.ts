// Looks at the beat when it moves on: at the end of each phase, when a frame says something new, and never too often.

import type { Beat } from '../core/beat-tracker.ts'
import type { BeatSource } from './ports.ts'

/** However fast the tempo is, the strip moves ten times a second at most. */
const rest_ms = 100
/** A slow beat may become degraded long before its phase ends. */
const look_ms = 1_000
/** Timers are early at times: behind the end of a phase it is surely over. */
const behind_ms = 2
/** Nothing was heard for so long, and nobody could be asked: there is no pulse. */
const silence_ms = 2_000

export class BeatWatch {
  readonly #source: BeatSource
  readonly #onBeat: (beat: Beat | null) => void
  readonly #opened_ms = performance.now()
  #told: Beat | null | undefined
  #told_ms = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(open: (onFrame: () => void) => BeatSource, onBeat: (beat: Beat | null) => void) {
    this.#onBeat = onBeat
    this.#source = open(() => this.#look())
    this.#look()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#source.close()
  }

  #look(): void {
    clearTimeout(this.#timer)
    const now_ms = performance.now()
    const beat = this.#source.now() ?? (now_ms - this.#opened_ms < silence_ms ? undefined : null)
    const rested_ms = now_ms - this.#told_ms
    let next_ms = Math.min(look_ms, beat ? beat.deadline_ms - Date.now() + behind_ms : look_ms)
    if (beat !== undefined && !isSame(beat, this.#told)) {
      if (rested_ms < rest_ms) next_ms = rest_ms - rested_ms
      else {
        this.#told = beat
        this.#told_ms = now_ms
        this.#onBeat(beat)
      }
    }
    this.#timer = setTimeout(() => this.#look(), Math.max(1, next_ms))
  }
}

/** Whether both look alike: the progress within a phase is not shown. */
const isSame = (a: Beat | null, b: Beat | null | undefined): boolean =>
  a === b ||
  (!!a &&
    !!b &&
    a.beat_index === b.beat_index &&
    a.phase === b.phase &&
    a.tempo_bpm === b.tempo_bpm &&
    a.degraded === b.degraded &&
    a.leader === b.leader &&
    a.epoch === b.epoch &&
    a.from_beat === b.from_beat)
