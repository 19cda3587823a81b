// The loop of `beacon top`: messages in, model, lines, Ink; and the terminal as before on every way out.

import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NatsConnection } from '@nats-io/nats-core'
import { render } from 'ink'
import { requestStatus } from '../client/supervisor-client.ts'
import { openLiveView } from '../client/view-client.ts'
import { type Effect, type Message, type Model, makeModel } from './model.ts'
import { makePaint } from './paint.ts'
import { Screen, type Suspend } from './screen.tsx'
import { toQuery, update } from './update.ts'
import { viewScreen } from './view-screen.ts'

export type TopOptions = {
  nc: NatsConnection
  /** Prefix of this connection's inboxes. */
  inbox_prefix: string
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  color: boolean
  /** Expression that the agents match; empty for all. */
  where: string
  /** Aborts when the world wants the command to end. */
  signal: AbortSignal
}

const poll_ms = 1_000
/** A line that a terminal finds wider than we do must not wrap: it would push the screen down. */
const wrapOff = '\u001b[?7l'
const wrapOn = '\u001b[?7h'

/** Resolves when the user quits or the signal aborts. */
export async function runTop(options: TopOptions): Promise<void> {
  const { nc, inbox_prefix, stdin, stdout, color, where, signal } = options
  const paint = makePaint(color)
  const ended = Promise.withResolvers<void>()
  const sizeOf = (): { columns: number; rows: number } => ({
    columns: stdout.columns || 80,
    rows: stdout.rows || 24,
  })
  let model: Model = makeModel(sizeOf(), performance.now(), where)
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
    const next = viewScreen(model, paint)
    if (next.length === lines.length && next.every((line, row) => line === lines[row])) return
    lines = next
    app.rerender(element())
  }
  const perform = (effect: Effect): void => {
    switch (effect.type) {
      case 'quit':
        ended.resolve()
        break
      case 'query':
        view.update(effect.query)
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

  lines = viewScreen(model, paint)
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
  const view = openLiveView(
    nc,
    toQuery(model),
    {
      async frame(frame) {
        dispatch({ type: 'frame', frame })
        // A terminal that does not keep up gets fewer frames, instead of old ones.
        if (stdout.writableNeedDrain) await once(stdout, 'drain').catch(() => undefined)
      },
      quiet: ({ at_ms }) => dispatch({ type: 'quiet', at_ms }),
      state: (state) =>
        dispatch(state.name === 'live' ? { type: 'live' } : { type: 'lost', reason: state.reason }),
      refused: (error) => dispatch({ type: 'lost', reason: error.detail }),
    },
    { inbox_prefix },
  )
  const timers = [
    setInterval(() => dispatch({ type: 'tick' }), poll_ms),
    setInterval(() => void poll(), poll_ms),
  ]
  const poll = async (): Promise<void> => {
    const status = await requestStatus(nc, poll_ms - 100).catch(() => null)
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

/** What Ctrl-Z does to other programs: the whole foreground job stops until `fg`. */
async function stopUntilContinued(stdout: NodeJS.WriteStream): Promise<void> {
  stdout.write(wrapOn)
  process.kill(0, 'SIGTSTP')
  // Stopped, this timer waits for SIGCONT with us. A job that no shell controls is not stopped, and goes on at once.
  await sleep(50)
  stdout.write(wrapOff)
}
