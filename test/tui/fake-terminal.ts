// A terminal in this process: what the screen writes goes through a real terminal emulator, keys come from the test.

import { PassThrough, Writable } from 'node:stream'
import xterm from '@xterm/headless'

export type TerminalState = {
  screen: 'normal' | 'alternate'
  cursorHidden: boolean
  wraps: boolean
  mouse: boolean
  paste: boolean
  rawMode: boolean
}

/** How a terminal is before and after. */
export const restored: TerminalState = {
  screen: 'normal',
  cursorHidden: false,
  wraps: true,
  mouse: false,
  paste: false,
  rawMode: false,
}

export type FakeTerminal = {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  press(keys: string): void
  resize(columns: number, rows: number): void
  /** It is gone: nothing more can be read, and writing fails. */
  vanish(): void
  /** The rows as a person sees them. */
  text(): string
  /** Everything that was written, escape sequences included. */
  raw(): string
  state(): TerminalState
  /** Until what was written has been drawn. */
  drawn(): Promise<void>
}

export function makeFakeTerminal(columns: number, rows: number): FakeTerminal {
  // A pseudo-terminal makes \r\n of \n.
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true })
  let raw = ''
  let rawMode = false
  let gone = false
  const stdout = Object.assign(
    new Writable({
      write(chunk: Buffer, _, done) {
        if (gone) return done(Object.assign(new Error('write EIO'), { code: 'EIO' }))
        raw += chunk.toString()
        terminal.write(chunk, () => done())
      },
    }),
    { isTTY: true, columns, rows },
  )
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode(on: boolean) {
      rawMode = on
      return stdin
    },
    ref: () => stdin,
    unref: () => stdin,
  })
  return {
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    press: (keys) => void stdin.write(keys),
    resize(width, height) {
      terminal.resize(width, height)
      Object.assign(stdout, { columns: width, rows: height })
      stdout.emit('resize')
    },
    vanish() {
      gone = true
      stdin.end()
    },
    text() {
      const { active } = terminal.buffer
      const lines = Array.from({ length: terminal.rows }, (_, i) =>
        active.getLine(active.baseY + i)?.translateToString(true),
      )
      return lines.join('\n')
    },
    raw: () => raw,
    state: () => ({
      screen: terminal.buffer.active.type,
      cursorHidden: raw.lastIndexOf('\u001b[?25l') > raw.lastIndexOf('\u001b[?25h'),
      wraps: terminal.modes.wraparoundMode,
      mouse: terminal.modes.mouseTrackingMode !== 'none',
      paste: terminal.modes.bracketedPasteMode,
      rawMode,
    }),
    drawn: () => new Promise((resolve) => terminal.write('', resolve)),
  }
}
