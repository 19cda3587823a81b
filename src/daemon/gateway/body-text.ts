// From the bytes of a body to its text: content encoding, size after decompression, UTF-8.

import { isUtf8 } from 'node:buffer'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { BeaconError } from '../../core/errors.ts'
import { limits } from '../../core/event.ts'

const unzip = promisify(gunzip)

export async function toBodyText(bytes: Buffer, encoding: string | undefined): Promise<string> {
  const plain = isPlain(encoding) ? bytes : await decompress(bytes, encoding)
  if (plain.length > limits.body_bytes_max) throw tooLarge()
  if (!isUtf8(plain)) {
    throw new BeaconError('body_not_json', `byte ${firstBadByte(plain)} of the body is not UTF-8`)
  }
  const text = plain.toString('utf8')
  // A byte order mark is no JSON, yet some tools put it in front.
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

const isPlain = (encoding: string | undefined): encoding is undefined | 'identity' | '' =>
  encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity'

async function decompress(bytes: Buffer, encoding: string): Promise<Buffer> {
  if (!/^(x-)?gzip$/i.test(encoding.trim())) {
    throw new BeaconError('body_encoding', `Content-Encoding ${JSON.stringify(encoding)} is not known here`)
  }
  try {
    return await unzip(bytes, { maxOutputLength: limits.body_bytes_max })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('unfolds to')
    throw new BeaconError('body_encoding', `the gzip data is broken: ${(error as Error).message}`)
  }
}

export const tooLarge = (verb: 'has' | 'unfolds to' = 'has') =>
  new BeaconError('body_too_large', `the body ${verb} more than ${limits.body_bytes_max} bytes`)

/** The longest prefix that is UTF-8, found by halving; a sequence cut at its end counts as bad from its first byte. */
function firstBadByte(bytes: Buffer): number {
  let good = 0
  let bad = bytes.length
  while (good + 1 < bad) {
    const middle = (good + bad) >> 1
    if (isUtf8(bytes.subarray(0, middle)) || isUtf8(bytes.subarray(0, toBoundary(bytes, middle))))
      good = middle
    else bad = middle
  }
  return good
}

/** The last place at or before `at` where a sequence may start. */
function toBoundary(bytes: Buffer, at: number): number {
  let boundary = at
  while (boundary > 0 && at - boundary < 3 && ((bytes[boundary] as number) & 0xc0) === 0x80) boundary--
  return boundary
}
