// A terminal that only counts what the screen writes to it, and types on its keyboard.

import { PassThrough, Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'

export type BenchTerminal = {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  press(keys: string): void
  /** Presses, and resolves with the milliseconds until what is written since then shows the text. */
  pressUntil(keys: string, text: string, limit_ms?: number): Promise<number>
  readonly bytes: number
  /** Frames, by the end of their synchronized update. */
  readonly frames: number
}

const frameEnd = '\u001b[?2026l'

export function makeBenchTerminal(columns: number, rows: number): BenchTerminal {
  let bytes = 0
  let frames = 0
  let wait: { text: string; seen: string; done(): void } | undefined
  const take = (text: string): void => {
    for (let at = text.indexOf(frameEnd); at >= 0; at = text.indexOf(frameEnd, at + 1)) frames++
    if (!wait) return
    wait.seen += text
    if (stripVTControlCharacters(wait.seen).includes(wait.text)) wait.done()
  }
  const stdout = Object.assign(
    new Writable({
      decodeStrings: false,
      write(chunk: string | Buffer, _, done) {
        bytes += Buffer.byteLength(chunk)
        take(chunk.toString())
        done()
      },
    }),
    { isTTY: true, columns, rows },
  ) as unknown as NodeJS.WriteStream
  const stdin = new PassThrough() as unknown as NodeJS.ReadStream
  Object.assign(stdin, { isTTY: true, setRawMode: () => stdin, ref: () => stdin, unref: () => stdin })
  const press = (keys: string): void => void stdin.push(keys)
  return {
    stdin,
    stdout,
    press,
    pressUntil(keys, text, limit_ms = 5_000) {
      return new Promise((resolve, reject) => {
        const began = performance.now()
        const timer = setTimeout(() => {
          wait = undefined
          reject(new Error(`the screen did not show ${JSON.stringify(text)} after ${JSON.stringify(keys)}`))
        }, limit_ms)
        wait = {
          text,
          seen: '',
          done() {
            clearTimeout(timer)
            wait = undefined
            resolve(performance.now() - began)
          },
        }
        press(keys)
      })
    },
    get bytes() {
      return bytes
    },
    get frames() {
      return frames
    },
  }
}
