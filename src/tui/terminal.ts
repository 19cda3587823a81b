// The terminal's modes and its input: taken over at the start, given back on every way out. Ink draws; keys and mouse
// are ours, since Ink knows no mouse.

import { flushInput, type Input, parseInput } from './input.ts'

const on = {
  /** A line that a terminal finds wider than we do must not wrap: it would push the screen down. */
  wrap: '\u001b[?7l',
  /** A pasted text comes as one. */
  paste: '\u001b[?2004h',
  /** Buttons and wheel, without motion, as SGR reports. */
  mouse: '\u001b[?1000h\u001b[?1006h',
}
const off = { wrap: '\u001b[?7h', paste: '\u001b[?2004l', mouse: '\u001b[?1006l\u001b[?1000l' }

/** The terminal shows what comes between them at once. */
const sync = { begin: '\u001b[?2026h', end: '\u001b[?2026l' }

/** A lone escape is the key unless the rest of a sequence follows it at once. */
const escape_ms = 25

export type TerminalOptions = {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  mouse: boolean
  onInput(input: Input): void
  /** The terminal is gone: nothing can be read from it or written to it. */
  onGone(): void
}

export class Terminal {
  readonly #options: TerminalOptions
  #mouse: boolean
  #taken = false
  #pending = ''
  #flush: NodeJS.Timeout | undefined

  constructor(options: TerminalOptions) {
    this.#options = options
    this.#mouse = options.mouse
  }

  take(): void {
    if (this.#taken) return
    this.#taken = true
    const { stdin, stdout, onGone } = this.#options
    this.#write(on.wrap + on.paste + (this.#mouse ? on.mouse : ''))
    stdin.setRawMode(true)
    stdin.setEncoding('utf8')
    stdin.on('data', this.#read).on('end', onGone).on('error', onGone)
    stdin.ref()
    stdin.resume()
    stdout.on('error', onGone)
    // Whatever ends the process.
    process.once('exit', this.#restore)
  }

  /** As it was before `take`; calling it again does nothing. */
  release(): void {
    if (!this.#taken) return
    this.#taken = false
    const { stdin, stdout, onGone } = this.#options
    clearTimeout(this.#flush)
    this.#pending = ''
    stdin.off('data', this.#read).off('end', onGone).off('error', onGone)
    stdin.pause()
    stdin.unref()
    this.#restore()
    stdout.off('error', onGone)
    process.off('exit', this.#restore)
  }

  setMouse(wanted: boolean): void {
    this.#mouse = wanted
    if (this.#taken) this.#write(wanted ? on.mouse : off.mouse)
  }

  /** Into the terminal's clipboard (OSC 52), where it allows that. */
  copy(text: string): void {
    this.#write(`\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`)
  }

  /** Writes lines over the rows that are there, past Ink; the cursor stays where Ink has it. */
  overwrite(rows: readonly (readonly [row: number, line: string])[]): void {
    const text = rows.map(([row, line]) => `\u001b[${row + 1};1H\u001b[2K${line}`).join('')
    this.#write(`${sync.begin}\u001b7${text}\u001b8${sync.end}`)
  }

  readonly #restore = (): void => {
    const { stdin } = this.#options
    this.#write(off.mouse + off.paste + off.wrap)
    // A terminal that is gone has no modes left.
    if (!stdin.destroyed) stdin.setRawMode(false)
  }

  #write(text: string): void {
    const { stdout } = this.#options
    if (!stdout.destroyed && !stdout.writableEnded) stdout.write(text)
  }

  readonly #read = (chunk: string): void => {
    clearTimeout(this.#flush)
    const { inputs, pending } = parseInput(this.#pending, chunk)
    this.#pending = pending
    if (pending !== '') this.#flush = setTimeout(() => this.#flushPending(), escape_ms)
    for (const input of inputs) this.#options.onInput(input)
  }

  #flushPending(): void {
    const { inputs, pending } = flushInput(this.#pending)
    this.#pending = pending
    for (const input of inputs) this.#options.onInput(input)
  }
}
