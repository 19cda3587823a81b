// The loop of `beacon top`: messages in, model, lines, Ink; and the terminal as before on every way out.

import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { render } from 'ink'
import { BeaconError } from '../core/errors.ts'
import {
  type Answer,
  type Ask,
  type Effect,
  type Memory,
  type Message,
  type Model,
  makeModel,
  type Place,
} from './model.ts'
import { makePaint } from './paint.ts'
import type { TopPorts } from './ports.ts'
import { toWanted, type Wanted } from './query.ts'
import { Screen, type Suspend } from './screen.tsx'
import { update } from './update.ts'
import { viewScreen } from './view-screen.ts'

export type TopOptions = {
  ports: TopPorts
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  color: boolean
  ascii?: boolean
  place?: Partial<Place>
  memory?: Partial<Memory>
  readonly?: boolean
  /** Aborts when the world wants the command to end. */
  signal: AbortSignal
}

const poll_ms = 1_000
/** A line that a terminal finds wider than we do must not wrap: it would push the screen down. */
const wrapOff = '\u001b[?7l'
const wrapOn = '\u001b[?7h'

/** Resolves when the user quits or the signal aborts. */
export async function runTop(options: TopOptions): Promise<void> {
  const {
    ports,
    stdin,
    stdout,
    color,
    ascii = false,
    place = {},
    memory = {},
    readonly = false,
    signal,
  } = options
  const ended = Promise.withResolvers<void>()
  const sizeOf = (): { columns: number; rows: number } => ({
    columns: stdout.columns || 80,
    rows: stdout.rows || 24,
  })
  let model: Model = makeModel({
    ...sizeOf(),
    now_ms: performance.now(),
    wall_ms: Date.now(),
    place,
    memory,
    readonly,
  })
  let wanted: Wanted = toWanted(model)
  let lines: string[] = []
  let suspend: Suspend | undefined

  let over = false
  const dispatch = (message: Message): void => {
    // What was on its way when the end came.
    if (over) return
    try {
      const [next, effects] = update(model, message, performance.now())
      model = next
      for (const effect of effects) perform(effect)
      follow()
      draw()
    } catch (error) {
      // A bug must leave through the same door, or the terminal stays as it is now.
      ended.reject(error)
    }
  }
  const onKey = (key: string): void => dispatch({ type: 'key', key })
  const onMount = (given: Suspend): void => {
    suspend = given
  }
  const element = () => <Screen lines={lines} onKey={onKey} onMount={onMount} />
  const draw = (): void => {
    const next = viewScreen(model, makePaint({ color, ascii, theme: model.memory.theme }))
    if (next.length === lines.length && next.every((line, row) => line === lines[row])) return
    lines = next
    app.rerender(element())
  }
  const perform = (effect: Effect): void => {
    switch (effect.type) {
      case 'quit':
        ended.resolve()
        break
      case 'ask':
        void answer(effect.ask)
        break
      case 'remember':
        ports.remember(effect.memory)
        break
      case 'copy':
        stdout.write(`\u001b]52;c;${Buffer.from(effect.text).toString('base64')}\u0007`)
        break
      case 'mouse':
      case 'open':
      case 'notice':
        break
      case 'suspend':
        void suspend?.(() => stopUntilContinued(stdout))
        break
    }
  }

  const onResize = (): void => dispatch({ type: 'resize', ...sizeOf() })
  const onEnd = (): void => ended.resolve()
  const restore = (): void => void stdout.write(wrapOn)
  stdout.on('resize', onResize)
  stdout.write(wrapOff)
  process.once('exit', restore)
  // With a listener of ours nobody ends the process before the terminal is restored.
  process.on('SIGHUP', onEnd)
  signal.addEventListener('abort', onEnd, { once: true })
  if (signal.aborted) onEnd()

  lines = viewScreen(model, makePaint({ color, ascii, theme: model.memory.theme }))
  const app = render(element(), {
    stdin,
    stdout,
    alternateScreen: true,
    incrementalRendering: true,
    maxFps: 30,
    exitOnCtrlC: false,
    patchConsole: false,
    interactive: true,
  })
  app.waitUntilExit().catch((error: unknown) => ended.reject(error))
  const view = ports.openView(wanted.query, {
    async frame(frame) {
      dispatch({ type: 'frame', frame })
      // A terminal that does not keep up gets fewer frames, instead of old ones.
      if (stdout.writableNeedDrain) await once(stdout, 'drain').catch(() => undefined)
    },
    quiet: ({ at_ms }) => dispatch({ type: 'quiet', at_ms }),
    state: (state) =>
      dispatch(state.name === 'live' ? { type: 'live' } : { type: 'lost', reason: state.reason }),
    refused: (error) => dispatch({ type: 'lost', reason: error.detail }),
  })
  /** Asks for what the model wants now, when that is something else than before. */
  const follow = (): void => {
    const next = toWanted(model)
    if (JSON.stringify(next) === JSON.stringify(wanted)) return
    wanted = next
    if (next.moment === null) view.update(next.query)
  }
  const answer = async (ask: Ask): Promise<void> => {
    dispatch({ type: 'answer', ask, answer: await settle(fetchAnswer(ports, ask)) })
  }
  const timers = [
    setInterval(() => dispatch({ type: 'tick', wall_ms: Date.now() }), poll_ms),
    setInterval(() => void poll(), poll_ms),
  ]
  const poll = async (): Promise<void> => {
    const status = await ports.requestStatus().catch(() => null)
    dispatch({ type: 'status', status })
  }
  void poll()

  try {
    await ended.promise
  } finally {
    over = true
    for (const timer of timers) clearInterval(timer)
    view.close()
    stdout.off('resize', onResize)
    signal.removeEventListener('abort', onEnd)
    app.unmount()
    await app.waitUntilExit().catch(() => undefined)
    restore()
    process.off('exit', restore)
    process.off('SIGHUP', onEnd)
  }
}

function fetchAnswer(ports: TopPorts, ask: Ask): Promise<unknown> {
  switch (ask.what) {
    case 'events':
      return ports.fetchEvents(ask.request)
    case 'range':
      return ports.fetchRange(ask.request)
    case 'agent':
      return ask.moment === null
        ? ports.fetchAgent(ask.agent)
        : ports.fetchAgentAt({ ...ask.moment, agent: ask.agent })
  }
}

async function settle(value: Promise<unknown>): Promise<Answer> {
  try {
    return { ok: true, value: await value }
  } catch (error) {
    return { ok: false, error: error instanceof BeaconError ? error.detail : String(error) }
  }
}

/** What Ctrl-Z does to other programs: the whole foreground job stops until `fg`. */
async function stopUntilContinued(stdout: NodeJS.WriteStream): Promise<void> {
  stdout.write(wrapOn)
  process.kill(0, 'SIGTSTP')
  // Stopped, this timer waits for SIGCONT with us. A job that no shell controls is not stopped, and goes on at once.
  await sleep(50)
  stdout.write(wrapOff)
}
