// The built program in a real pseudo-terminal, whose output a real terminal emulator draws.

import { fileURLToPath } from 'node:url'
import pty from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { expect, vi } from 'vitest'

const bin = fileURLToPath(new URL('../../bin/beacon.js', import.meta.url))
const limit_ms = 20_000

export type Session = {
  child: pty.IPty
  /** The rows as a person sees them. */
  text(): string
  /** Everything that was written. */
  raw(): string
  press(keys: string): void
  resize(columns: number, rows: number): void
  shows(text: string | RegExp): Promise<void>
  ended: Promise<{ exitCode: number; signal?: number | undefined }>
  /** Every mode that the screen uses is as it was. */
  expectRestored(): Promise<void>
}

export function startSession(
  args: string[],
  {
    home,
    columns = 100,
    rows = 30,
    env = {},
  }: { home: string; columns?: number; rows?: number; env?: object },
): Session {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  const child = pty.spawn(process.execPath, [bin, ...args], {
    name: 'xterm-256color',
    cols: columns,
    rows,
    // An empty CI variable must not make a difference.
    env: { PATH: process.env.PATH ?? '', BEACON_HOME: home, CI: '', ...env },
  })
  let raw = ''
  child.onData((data) => {
    raw += data
    terminal.write(data)
  })
  const ended = new Promise<{ exitCode: number; signal?: number | undefined }>((resolve) =>
    child.onExit(resolve),
  )
  const text = (): string => {
    const { active } = terminal.buffer
    const lines = Array.from({ length: terminal.rows }, (_, i) =>
      active.getLine(active.baseY + i)?.translateToString(true),
    )
    return lines.join('\n')
  }
  return {
    child,
    text,
    raw: () => raw,
    press: (keys) => child.write(keys),
    resize(width, height) {
      terminal.resize(width, height)
      child.resize(width, height)
    },
    shows: (wanted) => vi.waitFor(() => expect(text()).toMatch(wanted), { timeout: limit_ms, interval: 20 }),
    ended,
    async expectRestored() {
      await new Promise<void>((resolve) => terminal.write('', resolve))
      expect({
        screen: terminal.buffer.active.type,
        cursorShown: raw.lastIndexOf('\u001b[?25h') > raw.lastIndexOf('\u001b[?25l'),
        wraps: terminal.modes.wraparoundMode,
        mouse: terminal.modes.mouseTrackingMode,
        paste: terminal.modes.bracketedPasteMode,
      }).toEqual({ screen: 'normal', cursorShown: true, wraps: true, mouse: 'none', paste: false })
    },
  }
}
