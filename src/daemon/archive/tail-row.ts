// Tail rows: the hashes of a block's agents, not yet indexed, so that the index follows from them and not from the blocks.

import { peekAgentId } from '../../core/event-line.ts'
import { hashAgent } from '../../core/subjects.ts'
import { decodeBlock } from './block.ts'
import type { Environment } from './environment.ts'
import type { TailBlock } from './index-page.ts'
import { parsePositionKey } from './keys.ts'
import { fromSealed, toSealed } from './sealed.ts'

export function encodeTailRow(key: Buffer, hashes: Uint32Array): Buffer {
  const value = Buffer.allocUnsafe(hashes.length * 4)
  for (let i = 0; i < hashes.length; i++) value.writeUInt32BE(hashes[i] as number, i * 4)
  return toSealed(key, value)
}

/** Undefined when the row is damaged. */
export function decodeTailRow(key: Buffer, sealed: Buffer): Uint32Array | undefined {
  const value = fromSealed(key, sealed)
  if (!value || value.length % 4 !== 0) return undefined
  const hashes = new Uint32Array(value.length / 4)
  for (let i = 0; i < hashes.length; i++) hashes[i] = value.readUInt32BE(i * 4)
  return hashes
}

/** Hashes as a tail row has them, from the lines themselves. */
export function hashLines(lines: Buffer[]): Uint32Array {
  return Uint32Array.from(lines, (line) => hashAgent(peekAgentId(line) ?? ''))
}

/** All tail rows of a partition; a damaged one is made anew from its block. Call within `read`. */
export function readTail(environment: Environment): TailBlock[] {
  const tail: TailBlock[] = []
  for (const { key, value } of environment.rows('tail')) {
    const hashes = decodeTailRow(key, value) ?? rehash(environment, key)
    const { epoch, seq } = parsePositionKey(key)
    if (hashes) tail.push({ epoch, first_seq: seq, hashes })
  }
  return tail
}

function rehash(environment: Environment, key: Buffer): Uint32Array | undefined {
  const bytes = environment.get('blocks', key)
  const block = bytes && decodeBlock(bytes)
  return block?.ok ? hashLines(block.value.lines) : undefined
}
