// Reads a child's output along: every byte goes on unchanged, and each line is told as text.

import type { Readable, Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** A longer line is told in its first so many characters; what goes on is whole all the same. */
export const line_chars_max = 8_192

/** Resolves when the source has ended and everything went on, or nobody takes it any more. */
export async function captureLines(
  source: Readable,
  sink: Writable,
  onLine: (text: string) => void,
): Promise<void> {
  const lines = makeLines(onLine)
  const stop = (): void => void source.destroy()
  // Whoever reads us went away: so does the child's reader, and it learns of it at its next write, as without us.
  sink.once('error', stop).once('close', stop)
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      lines.take(chunk)
      if (!sink.write(chunk)) await drained(sink)
    }
  } catch {
    // Destroyed from here, or broken: the end in any case.
  } finally {
    sink.off('error', stop).off('close', stop)
    lines.end()
  }
}

function makeLines(onLine: (text: string) => void): { take(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  const tell = (line: string): void => onLine(line.replace(/\r$/, '').slice(0, line_chars_max))
  return {
    take(chunk) {
      const parts = decoder.write(chunk).split('\n')
      parts[0] = rest + parts[0]
      rest = (parts.pop() as string).slice(0, line_chars_max)
      for (const line of parts) tell(line)
    },
    end() {
      rest += decoder.end()
      if (rest !== '') tell(rest)
      rest = ''
    },
  }
}

const drained = (sink: Writable): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      sink.off('drain', done).off('error', done).off('close', done)
      resolve()
    }
    sink.on('drain', done).on('error', done).on('close', done)
  })
