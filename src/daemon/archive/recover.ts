// Reads back from disk where the archive stands: the cursor, and the duplicate rule's state at that cursor.
// The writer begins with it, and `beacon tail` goes on from it along the stream.

import { peekAgentId, peekEventLine } from '../../core/event-line.ts'
import { makeSeen, observe, type Seen, startEpoch } from '../../core/seen.ts'
import type { Reported } from '../../core/stored-report.ts'
import { decodeBlock } from './block.ts'
import { type ArchiveCursor, type Checkpoint, getMeta } from './cursor.ts'
import { damaged } from './damaged.ts'
import type { Environment } from './environment.ts'
import { comparePositions, type Position, parsePositionKey } from './keys.ts'
import { readReported } from './report-row.ts'
import { readSeen } from './seen-rows.ts'
import { walkBlocks } from './walk-blocks.ts'

export type Recovered = { cursor: ArchiveCursor; checkpoint: Checkpoint; seen: Seen; reported: Reported }

/** From the newest partition; `olderToNewest` opens all of them, for when the rows of the last checkpoint are not sound. */
export function recover(newest: Environment, olderToNewest: () => Environment[]): Recovered {
  const { cursor, checkpoint, seen, reported } = newest.read(() => {
    const checkpoint = sound(newest, 'checkpoint')
    return {
      cursor: sound(newest, 'cursor'),
      checkpoint,
      seen: checkpoint.seen_chunks === null ? undefined : readSeen(newest, checkpoint.seen_chunks),
      reported: readReported(newest),
    }
  })
  const state = seen ? { seen, epoch: checkpoint.epoch } : { seen: makeSeen(), epoch: 0 }
  if (seen) replay(state, newest, cursor, checkpoint)
  else for (const environment of olderToNewest()) replay(state, environment, cursor)
  enterEpoch(state, cursor.epoch)
  return { cursor, checkpoint, seen: state.seen, reported }
}

/** The duplicate rule's state and the epoch that it is in. */
type State = { seen: Seen; epoch: number }

/** Folds the archived events behind `after` up to `to` into the state. A damaged block is passed over: verify names it. */
function replay(state: State, environment: Environment, to: Position, after?: Position): void {
  for (const { key, value } of walkBlocks(environment, { from: after })) {
    if (comparePositions(parsePositionKey(key), to) > 0) break
    const block = decodeBlock(value)
    if (!block.ok) continue
    const { header, lines, seqs } = block.value
    for (let i = 0; i < lines.length; i++) {
      const position = { epoch: header.epoch, seq: seqs[i] as number }
      if (after && comparePositions(position, after) <= 0) continue
      enterEpoch(state, header.epoch)
      observeLine(state.seen, lines[i] as Buffer)
    }
  }
}

function enterEpoch(state: State, epoch: number): void {
  if (epoch > state.epoch) startEpoch(state.seen)
  state.epoch = epoch
}

/** An archived line, judged as the archiver did when it came. */
export function observeLine(seen: Seen, line: Buffer): ReturnType<typeof observe> {
  const peek = peekEventLine(line)
  const agent_id = peekAgentId(line)
  return peek && agent_id !== undefined ? observe(seen, { agent_id, ...peek }) : 'unnumbered'
}

function sound<K extends 'cursor' | 'checkpoint'>(environment: Environment, name: K) {
  const value = getMeta(environment, name)
  if (value === undefined || value === 'damaged') throw damaged(environment.name, `its ${name} row`)
  return value
}
