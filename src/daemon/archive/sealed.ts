// Rows other than blocks carry a CRC-32 over their key and value, so that damage and a misplaced row are noticed.

import { crc32 } from 'node:zlib'

export function toSealed(key: Buffer, value: Buffer): Buffer {
  const sealed = Buffer.allocUnsafe(4 + value.length)
  sealed.writeUInt32BE(crc32(value, crc32(key)), 0)
  value.copy(sealed, 4)
  return sealed
}

/** The value, or undefined when the row is damaged. */
export function fromSealed(key: Buffer, sealed: Buffer): Buffer | undefined {
  if (sealed.length < 4) return undefined
  const value = sealed.subarray(4)
  return sealed.readUInt32BE(0) === crc32(value, crc32(key)) ? value : undefined
}
