// Keys of the archive's databases: big endian, so that LMDB's byte order is the order of the stream.

/** A place in the stream over all its incarnations. */
export type Position = { epoch: number; seq: number }

export function comparePositions(a: Position, b: Position): number {
  return a.epoch - b.epoch || a.seq - b.seq
}

/** `blocks`, `tail`, `quarantine` and `bars`: epoch u32, sequence u64. */
export function toPositionKey({ epoch, seq }: Position): Buffer {
  const key = Buffer.allocUnsafe(12)
  key.writeUInt32BE(epoch, 0)
  key.writeUInt32BE(Math.floor(seq / 0x100000000), 4)
  key.writeUInt32BE(seq % 0x100000000, 8)
  return key
}

export function parsePositionKey(key: Buffer): Position {
  return { epoch: key.readUInt32BE(0), seq: key.readUInt32BE(4) * 0x100000000 + key.readUInt32BE(8) }
}

/** A page in `index`: checkpoint u32, first hash u32, number of the page u32, since one hash may fill several pages. */
export function toPageKey(checkpoint: number, firstHash: number, page: number): Buffer {
  const key = Buffer.allocUnsafe(12)
  key.writeUInt32BE(checkpoint, 0)
  key.writeUInt32BE(firstHash, 4)
  key.writeUInt32BE(page, 8)
  return key
}

export function parsePageKey(key: Buffer): { checkpoint: number; first_hash: number; page: number } {
  return { checkpoint: key.readUInt32BE(0), first_hash: key.readUInt32BE(4), page: key.readUInt32BE(8) }
}

/** The extent of a checkpoint in `index`: its number alone, which sorts before its pages. */
export function toExtentKey(checkpoint: number): Buffer {
  const key = Buffer.allocUnsafe(4)
  key.writeUInt32BE(checkpoint, 0)
  return key
}

export const metaKeys = {
  format: Buffer.from('format'),
  cursor: Buffer.from('cursor'),
  /** What this partition holds. */
  partition: Buffer.from('partition'),
  checkpoint: Buffer.from('checkpoint'),
  anchor: Buffer.from('anchor'),
  /** Name of the partition after this one, once it is closed. */
  next: Buffer.from('next'),
  reported: Buffer.from('reported'),
  seen: (chunk: number): Buffer => Buffer.from(`seen:${String(chunk).padStart(6, '0')}`),
  seenStart: Buffer.from('seen:'),
  seenEnd: Buffer.from('seen;'),
}
