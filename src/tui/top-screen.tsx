// The screen at work: it owns the model, carries out effects, draws when something changed, and follows what is wanted.

import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Instance, render } from 'ink'
import type { LiveView } from '../client/view-client.ts'
import { BeatWatch } from './beat-watch.ts'
import { fetchAnswer, settle } from './fetch-answer.ts'
import type { Input } from './input.ts'
import { type Effect, type Message, type Model, makeModel } from './model.ts'
import { NewestOnly } from './newest-only.ts'
import { makePaint, type Paint, type ThemeName } from './paint.ts'
import { toWanted, type Wanted } from './query.ts'
import { Screen, type Suspend } from './screen.tsx'
import { Seldom } from './seldom.ts'
import { Terminal } from './terminal.ts'
import type { TopOptions } from './top-options.ts'
import { update } from './update.ts'
import { viewBeat, viewScreen } from './view-screen.ts'

/** While the past is shown: the aggregator's clock and totals, and nothing else. */
const idleQuery = { view: 'fleet', limit: 0, newest: 0 } as const

/** Ink puts off what comes within 17 ms of its last frame: after so long nothing of it is on its way. */
const settled_ms = 25

/** A thousand agents that are killed at once take thousands of steps. */
const orders_ms = 100

/** Rows of `lines` that are not as in `others`. */
const rowsApart = (lines: string[], others: string[]): [row: number, line: string][] =>
  lines.length === others.length
    ? [...lines.entries()].filter(([row, line]) => line !== others[row])
    : [...lines.entries()]

export class TopScreen {
  readonly #options: TopOptions
  readonly #onEnd: () => void
  readonly #onBug: (error: unknown) => void
  readonly #terminal: Terminal
  readonly #moments: NewestOnly<Wanted>
  #model: Model
  #wanted: Wanted
  /** What is on the terminal, and what Ink believes to be there: a beat is written past it, at a hundredth of the work. */
  #lines: string[] = []
  #inked: string[] = []
  #drawn_ms = 0
  #paint: { theme: ThemeName; paint: Paint } | null = null
  #app: Instance | undefined
  #view: LiveView | undefined
  #beat: BeatWatch | undefined
  #leaveBars: (() => void) | undefined
  readonly #orders = new Seldom(() => this.dispatch({ type: 'orders' }), orders_ms)
  #leaveOrders: (() => void) | undefined
  #suspend: Suspend | undefined
  #suspended = false
  #closed = false

  constructor(options: TopOptions, onEnd: () => void, onBug: (error: unknown) => void) {
    const { stdin, stdout, ports, color, place = {}, memory = {}, readonly = false, name = '' } = options
    this.#options = options
    this.#onEnd = onEnd
    this.#onBug = onBug
    this.#model = makeModel({
      ...this.#size(),
      now_ms: performance.now(),
      wall_ms: Date.now(),
      place,
      memory,
      readonly,
      name,
      color,
    })
    this.#wanted = toWanted(this.#model)
    this.#terminal = new Terminal({
      stdin,
      stdout,
      mouse: this.#model.memory.mouse,
      onInput: (input) => this.#take(input),
      onGone: onEnd,
    })
    this.#moments = new NewestOnly(async ({ query, moment }) => {
      if (moment === null) return
      const answer = await settle(() => ports.fetchFleetAt({ ...moment, query }))
      this.dispatch({ type: 'moment', target: moment, answer })
    })
  }

  /** Takes the terminal and draws; live data comes from now on. */
  open(): void {
    const { stdin, stdout, ports, moment = null } = this.#options
    this.#terminal.take()
    stdout.on('resize', this.#resize)
    this.#lines = this.#inked = viewScreen(this.#model, this.#painting())
    this.#app = render(this.#element(), {
      stdin,
      stdout,
      alternateScreen: true,
      incrementalRendering: true,
      maxFps: 60,
      exitOnCtrlC: false,
      patchConsole: false,
      interactive: true,
    })
    this.#app.waitUntilExit().then(this.#onEnd, this.#onBug)
    this.#view = ports.openView(this.#wanted.query, {
      frame: async (frame) => {
        this.dispatch({ type: 'frame', frame })
        // A terminal that does not keep up gets fewer frames, instead of old ones.
        if (stdout.writableNeedDrain) await once(stdout, 'drain').catch(() => undefined)
      },
      quiet: ({ at_ms }) => this.dispatch({ type: 'quiet', at_ms }),
      state: (state) =>
        this.dispatch(state.name === 'live' ? { type: 'live' } : { type: 'lost', reason: state.reason }),
      refused: (error) => this.dispatch({ type: 'lost', reason: error.detail }),
    })
    this.#beat = new BeatWatch(ports.openBeat, (beat) => this.dispatch({ type: 'beat', beat }))
    this.#leaveBars = ports.watchBars((bar) => this.dispatch({ type: 'bar', bar }))
    this.#leaveOrders = ports.watchOrders(this.#orders.say)
    this.dispatch({ type: 'start', moment })
  }

  /** The terminal is as before when this resolves. */
  async close(): Promise<void> {
    this.#closed = true
    this.#moments.forget()
    this.#view?.close()
    this.#beat?.close()
    this.#leaveBars?.()
    this.#leaveOrders?.()
    this.#orders.close()
    this.#options.stdout.off('resize', this.#resize)
    this.#app?.unmount()
    await this.#app?.waitUntilExit().catch(() => undefined)
    this.#terminal.release()
  }

  readonly dispatch = (message: Message): void => {
    // What was on its way when the end came.
    if (this.#closed) return
    try {
      const [next, effects] = update(this.#model, message, performance.now())
      this.#model = next
      for (const effect of effects) this.#perform(effect)
      this.#follow()
      this.#draw(message)
    } catch (error) {
      // A bug must leave through the same door, or the terminal stays as it is now.
      this.#onBug(error)
    }
  }

  #take(input: Input): void {
    this.dispatch(input)
  }

  readonly #resize = (): void => {
    // Ink, too, draws everything anew.
    this.#handBack()
    this.dispatch({ type: 'resize', ...this.#size() })
  }

  #size(): { columns: number; rows: number } {
    const { stdout } = this.#options
    return { columns: stdout.columns || 80, rows: stdout.rows || 24 }
  }

  #draw({ type }: Message): void {
    const lines = this.#lines
    const paint = this.#painting()
    const next = type === 'beat' ? viewBeat(this.#model, paint, lines) : viewScreen(this.#model, paint)
    // Ink would find out too, after laying everything out.
    const changed = rowsApart(next, lines)
    if (changed.length === 0) return
    const now_ms = performance.now()
    if (type === 'beat' && !this.#suspended && now_ms - this.#drawn_ms > settled_ms) {
      this.#lines = next
      this.#terminal.overwrite(changed)
      return
    }
    this.#handBack()
    this.#lines = this.#inked = next
    this.#drawn_ms = now_ms
    this.#app?.rerender(this.#element())
  }

  /** Ink writes only what differs from what it wrote last: rows that were written past it become that again. */
  #handBack(): void {
    const past = rowsApart(this.#inked, this.#lines)
    if (past.length > 0) this.#terminal.overwrite(past)
    this.#lines = this.#inked
  }

  #element() {
    return <Screen lines={this.#inked} onMount={this.#onMount} />
  }

  readonly #onMount = (suspend: Suspend): void => {
    this.#suspend = suspend
  }

  #painting(): Paint {
    const theme = this.#model.color ? this.#model.memory.theme : 'mono'
    if (this.#paint?.theme !== theme) {
      const { level = 1, ascii = false } = this.#options
      this.#paint = { theme, paint: makePaint({ color: true, theme, ascii, level }) }
    }
    return this.#paint.paint
  }

  /** Asks for what the model wants now, when that is something else than before. */
  #follow(): void {
    const next = toWanted(this.#model)
    if (JSON.stringify(next) === JSON.stringify(this.#wanted)) return
    const before = this.#wanted
    this.#wanted = next
    if (next.moment === null) {
      this.#moments.forget()
      this.#view?.update(next.query)
      return
    }
    if (before.moment === null) this.#view?.update(idleQuery)
    this.#moments.want(next)
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'quit':
        this.#onEnd()
        break
      case 'ask':
        void fetchAnswer(this.#options.ports, effect.ask).then((answer) =>
          this.dispatch({ type: 'answer', ask: effect.ask, answer }),
        )
        break
      case 'remember':
        this.#options.ports.remember(effect.memory)
        break
      case 'copy':
        this.#terminal.copy(effect.text)
        break
      case 'mouse':
        this.#terminal.setMouse(effect.on)
        break
      case 'suspend':
        void this.#stop()
        break
      // The root has carried them out already (tell.ts, update.ts).
      case 'open':
      case 'notice':
      case 'travel':
        break
    }
  }

  /** What Ctrl-Z does to other programs: the whole foreground job stops until `fg`. */
  async #stop(): Promise<void> {
    if (this.#suspended) return
    this.#suspended = true
    this.#handBack()
    try {
      await this.#suspend?.(async () => {
        this.#terminal.release()
        process.kill(0, 'SIGTSTP')
        // Stopped, this timer waits for SIGCONT with us. A job that no shell controls is not stopped, and goes on at once.
        await sleep(50)
        if (!this.#closed) this.#terminal.take()
      })
      // The terminal may have another size by now.
      this.#resize()
    } catch (error) {
      this.#onBug(error)
    } finally {
      this.#suspended = false
    }
  }
}
