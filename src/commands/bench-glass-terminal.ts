// `beacon top` in a real pseudo-terminal, and the moment at which a text comes out of it.

import { BeaconError } from '../core/errors.ts'
import type { Home } from '../daemon/home.ts'
import { main } from './bench-daemon.ts'

export type GlassTerminal = {
  /** Resolves with the moment (`performance.now`) at which the text was there; undefined when it did not come in time. */
  until(text: string, limit_ms: number): Promise<number | undefined>
  close(): Promise<void>
}

const size = { cols: 160, rows: 50 }
const ready_ms = 20_000

/** Throws `pty_missing` where there is no pseudo-terminal for Node. */
export async function openGlass(home: Home, args: string[]): Promise<GlassTerminal> {
  const { spawn } = await loadPty()
  const child = spawn(process.execPath, [...process.execArgv, main, ...args, '--home', home.root], {
    name: 'xterm-256color',
    ...size,
    env: { ...process.env, NODE_ENV: 'production', CI: '' },
  })
  const waiting = new Map<string, (at_ms: number) => void>()
  /** The end of what came before: a text may come in two pieces. */
  let tail = ''
  child.onData((data) => {
    const now_ms = performance.now()
    const text = tail + data
    for (const [wanted, found] of waiting) if (text.includes(wanted)) found(now_ms)
    tail = text.slice(-tail_chars)
  })
  const gone = new Promise<void>((resolve) => child.onExit(() => resolve()))
  const glass: GlassTerminal = {
    until(text, limit_ms) {
      return new Promise((resolve) => {
        const end = (at_ms: number | undefined): void => {
          clearTimeout(timer)
          waiting.delete(text)
          resolve(at_ms)
        }
        const timer = setTimeout(() => end(undefined), limit_ms)
        waiting.set(text, end)
      })
    },
    async close() {
      child.kill('SIGTERM')
      await gone
    },
  }
  if ((await glass.until('LIVE', ready_ms)) === undefined) {
    await glass.close()
    throw new Error('beacon top did not come up in the pseudo-terminal')
  }
  return glass
}

/** Longer than any text that is waited for. */
const tail_chars = 64

async function loadPty(): Promise<Pick<typeof import('@lydell/node-pty'), 'spawn'>> {
  try {
    return await import('@lydell/node-pty')
  } catch (cause) {
    throw new BeaconError('pty_missing', '@lydell/node-pty cannot be loaded', { cause })
  }
}
