// A simulated consumer: it follows the beat, and remembers what it took.

import { parseBeatFrame, parsePulseNote } from '../../../src/core/beat-frame.ts'
import { type BeatTracker, hearFrame, makeBeatTracker } from '../../../src/core/beat-tracker.ts'
import type { Broker, Link } from './broker.ts'
import type { Machine } from './machine.ts'
import type { World } from './world.ts'

export type Taken = {
  at_ms: number
  beat: number
  epoch: number
  leader: string
  window_id: string
  bpm: number
}

export type Listener = {
  tracker: BeatTracker
  link: Link
  machine: Machine
  taken: Taken[]
  /** Frames that it took although a higher epoch had come to it before. */
  mistakes: string[]
}

export function startListener(world: World, broker: Broker, machine: Machine, cluster_id: string): Listener {
  const tracker = makeBeatTracker(cluster_id)
  const link = broker.connect()
  const listener: Listener = { tracker, link, machine, taken: [], mistakes: [] }
  let highest = 0
  link.onMessage((text) =>
    machine.deliver(() => {
      const message = JSON.parse(text) as { frame: unknown; note: unknown }
      const frame = parseBeatFrame(message.frame)
      const note = parsePulseNote(message.note)
      if (!frame.ok || !note.ok) throw new Error(`a frame of ours is refused: ${text}`)
      const heard = hearFrame(tracker, frame.value, note.value, machine.clock())
      const { epoch, leader } = note.value
      const { beat_index: beat, window_id, tempo_bpm: bpm } = frame.value
      if (heard === 'taken') {
        listener.taken.push({ at_ms: world.now_ms(), beat, epoch, leader, window_id, bpm })
        if (epoch < highest) listener.mistakes.push(`beat ${beat} of epoch ${epoch} taken after ${highest}`)
      }
      highest = Math.max(highest, epoch)
    }),
  )
  return listener
}
