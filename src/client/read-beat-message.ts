// A message of the subject `backbeat.<cluster>.beat`: anybody may have sent it.

import type { Msg } from '@nats-io/nats-core'
import {
  type BeatFrame,
  type FrameIssue,
  type PulseNote,
  parseBeatFrame,
  parsePulseNote,
  pulseHeader,
} from '../core/beat-frame.ts'
import { err, ok, type Result } from '../core/result.ts'

export type BeatMessage = { frame: BeatFrame; note: PulseNote | undefined }

/** The note is undefined where there is none: that frame is of a pulse other than Beacon's. */
export function readBeatMessage(message: Pick<Msg, 'string' | 'headers'>): Result<BeatMessage, FrameIssue> {
  const frame = parseBeatFrame(fromJson(message.string()))
  if (!frame.ok) return frame
  const header = message.headers?.get(pulseHeader)
  if (!header) return ok({ frame: frame.value, note: undefined })
  const note = parsePulseNote(fromJson(header))
  if (!note.ok) return err({ field: pulseHeader, message: note.error.message })
  return ok({ frame: frame.value, note: note.value })
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
