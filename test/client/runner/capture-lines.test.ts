// What a child prints goes on byte for byte, and is told line by line.

import { PassThrough, Readable, Writable } from 'node:stream'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { captureLines } from '../../../src/client/runner/capture-lines.ts'

async function capture(chunks: Buffer[]): Promise<{ bytes: Buffer; lines: string[] }> {
  const lines: string[] = []
  const taken: Buffer[] = []
  // It takes each chunk late, so that going on waits for it.
  const sink = new Writable({
    highWaterMark: 1,
    write(chunk, _, done) {
      taken.push(chunk)
      setImmediate(done)
    },
  })
  await captureLines(Readable.from(chunks), sink, (text) => lines.push(text))
  return { bytes: Buffer.concat(taken), lines }
}

test('every byte goes on, and the lines are those of the text, wherever the chunks are cut', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\n', ' '), maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (said, size) => {
      const whole = Buffer.from(said)
      const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
        whole.subarray(i * size, (i + 1) * size),
      )
      const { bytes, lines } = await capture(chunks)
      expect(bytes).toEqual(whole)
      const expected = said.split('\n')
      if (expected.at(-1) === '') expected.pop()
      expect(lines).toEqual(expected)
    }),
    { numRuns: 60 },
  )
})

test('bytes that are no text go on unchanged', async () => {
  const bytes = Buffer.from([0xff, 0x00, 0x0a, 0xc3])
  expect((await capture([bytes])).bytes).toEqual(bytes)
})

test('a line without an end costs no more memory than it may tell, and goes on whole', async () => {
  const chunks = Array.from({ length: 10 }, () => Buffer.alloc(4_096, 'x'))
  const { bytes, lines } = await capture(chunks)
  expect(bytes.length).toBe(40_960)
  expect(lines).toEqual(['x'.repeat(8_192)])
})

test('a reader that went away ends the capture, and the child sees a closed pipe', async () => {
  const source = new PassThrough()
  const sink = new PassThrough()
  const ended = captureLines(source, sink, () => {})
  sink.destroy()
  await ended
  expect(source.destroyed).toBe(true)
})
