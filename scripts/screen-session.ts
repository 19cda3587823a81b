// `beacon top` in a pseudo-terminal, with a terminal emulator that shows what a person would see.

import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pty from '@lydell/node-pty'
import xterm from '@xterm/headless'
import type { Frame } from './frame-to-svg.ts'
import { readFrame } from './read-frame.ts'

export const bin = fileURLToPath(new URL('../bin/beacon.js', import.meta.url))

export type Session = {
  press(keys: string): void
  /** Until the screen matches; throws with the screen when it does not in time. */
  until(wanted: RegExp, signal: AbortSignal): Promise<void>
  /** What is shown between two updates, so that none is half drawn. */
  frame(): Promise<Frame>
  /** Quits, and waits until the process is gone. */
  close(): Promise<void>
}

export type SessionOptions = { args: string[]; columns: number; rows: number; env: NodeJS.ProcessEnv }

const limit_ms = 30_000
const look_ms = 50
/** Updates come each 100 ms, in one piece or in a few close together. */
const pause_ms = 30

export function openSession({ args, columns, rows, env }: SessionOptions): Session {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  const child = pty.spawn(process.execPath, [bin, ...args], {
    name: 'xterm-256color',
    cols: columns,
    rows,
    env: { ...env, COLORTERM: 'truecolor', CI: '' },
  })
  let written_ms = 0
  child.onData((data) => {
    terminal.write(data)
    written_ms = performance.now()
  })
  let over = false
  const gone = new Promise<void>((resolve) => {
    child.onExit(() => {
      over = true
      resolve()
    })
  })
  const text = (): string => {
    const { active } = terminal.buffer
    return Array.from({ length: rows }, (_, y) =>
      active.getLine(active.baseY + y)?.translateToString(true),
    ).join('\n')
  }
  return {
    press: (keys) => child.write(keys),
    async until(wanted, signal) {
      const end = performance.now() + limit_ms
      while (!wanted.test(text())) {
        if (over || performance.now() > end) throw new Error(`${wanted} did not appear on:\n${text()}`)
        await sleep(look_ms, undefined, { signal })
      }
    },
    async frame() {
      while (performance.now() - written_ms < pause_ms) await sleep(pause_ms / 3)
      await new Promise<void>((resolve) => terminal.write('', resolve))
      return readFrame(terminal)
    },
    async close() {
      if (!over) child.kill('SIGTERM')
      await gone
      terminal.dispose()
    },
  }
}
