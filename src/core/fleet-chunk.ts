// One part of a checkpoint as bytes: a JSON object, and numbers as they lie in memory.
//
//   magic u32, version u32, length of the JSON in bytes u32, 0 u32 · JSON · arrays, each at the next multiple of 8
//
// Numbers are in the order of the machine, which is the same on all that Node runs on; another one reads a wrong magic.

const magic = 0x42464c54
const version = 1
const head_bytes = 16

/** An array whose type and length the reader knows as well. */
export type ChunkArray = Uint8Array | Uint32Array | Float32Array | Float64Array

export function toChunk(json: object, arrays: ChunkArray[]): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(json))
  let length = head_bytes + text.length
  const places = arrays.map((array) => {
    const at = toNextEight(length)
    length = at + array.byteLength
    return at
  })
  const bytes = new Uint8Array(length)
  new Uint32Array(bytes.buffer, 0, 4).set([magic, version, text.length, 0])
  bytes.set(text, head_bytes)
  for (const [i, array] of arrays.entries())
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), places[i] as number)
  return bytes
}

/** What is read of a chunk: its JSON, unchecked, and the rest, from which arrays are taken in their order. */
export type Chunk = { json: Record<string, unknown>; take(into: ChunkArray): void; isUsedUp(): boolean }

/** Throws on bytes that are no chunk of this version; `take` throws when the bytes end. */
export function parseChunk(input: Uint8Array): Chunk {
  // A copy, so that the arrays in it lie where their type wants them.
  const bytes = new Uint8Array(input)
  if (bytes.length < head_bytes) throw new Error('it is cut short')
  const [foundMagic, foundVersion, jsonLength = 0] = new Uint32Array(bytes.buffer, 0, 4)
  if (foundMagic !== magic) throw new Error('it is no part of a checkpoint')
  if (foundVersion !== version)
    throw new Error(`it is of version ${foundVersion}, and ${version} is read here`)
  const text = bytes.subarray(head_bytes, head_bytes + jsonLength)
  if (text.length !== jsonLength) throw new Error('it is cut short')
  const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text))
  if (typeof json !== 'object' || json === null) throw new Error('its JSON is no object')
  let at = head_bytes + jsonLength
  return {
    json: json as Record<string, unknown>,
    take(into) {
      const from = toNextEight(at)
      at = from + into.byteLength
      if (at > bytes.length) throw new Error('it is cut short')
      new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(bytes.subarray(from, at))
    },
    isUsedUp: () => at === bytes.length,
  }
}

const toNextEight = (at: number): number => Math.ceil(at / 8) * 8
