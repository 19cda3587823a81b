// The screen of `beacon bench view`, in a process of its own: `runTop` on a counting terminal, its data from the parent.

import { systemClock } from '../client/beat-feed.ts'
import type { ViewHandlers } from '../client/view-client.ts'
import { beatAt, beatsPerBarDefault, type Schedule } from '../core/beat.ts'
import { type Beat, toBeat } from '../core/beat-tracker.ts'
import { BeaconError } from '../core/errors.ts'
import type { FleetQuery, ViewMessage } from '../core/view.ts'
import { makeBenchTerminal } from './bench-terminal.ts'

/** What the parent sends: messages of the view, and what to do, each of which is answered with a `Done`. */
export type ToScreen =
  | { view: ViewMessage }
  | { press: string }
  | { press: string; until: string }
  | { read: true; collect: boolean }
  /** A pulse of this tempo begins; null: there is none. */
  | { pulse: number | null }
  | { quit: true }

/** Processor time and heap so far; the heap after a full collection when that was asked for. */
export type Reading = { cpu_ms: number; bytes: number; frames: number; heap_bytes: number }
export type FromScreen =
  | { query: Partial<FleetQuery> }
  | { confirm: number }
  | { done: true; took_ms?: number; reading?: Reading }

export const size = { columns: 160, rows: 50 } as const

process.env.NODE_ENV ??= 'production'
const { runTop } = await import('../tui/run-top.tsx')

const terminal = makeBenchTerminal(size.columns, size.rows)
const end = new AbortController()
let handlers: ViewHandlers | undefined
let schedule: Schedule | undefined
let onFrame = (): void => undefined
const send = (message: FromScreen): void => void process.send?.(message)
const unavailable = (): Promise<never> =>
  Promise.reject(new BeaconError('daemon_unreachable', 'there is none in a bench'))

function readCounts(collect: boolean): Reading {
  if (collect) globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const { bytes, frames } = terminal
  return { cpu_ms: (user + system) / 1_000, bytes, frames, heap_bytes: process.memoryUsage().heapUsed }
}

const pulse = {
  cluster_id: 'bench',
  beats_per_bar: beatsPerBarDefault,
  epoch: 1,
  leader: 'bench',
  degraded: false,
}

/** The beat as the leader of a pulse counts it: never late. */
function beatOf(followed: Schedule): Beat {
  const clock = systemClock()
  return toBeat(pulse, followed, beatAt(followed, clock.monotonic_ms), clock.monotonic_ms, clock)
}

process.on('message', async (message: ToScreen) => {
  if ('view' in message) {
    const { view } = message
    if (view.type === 'frame') await handlers?.frame(view)
    else if (view.type === 'quiet') handlers?.quiet?.(view)
    if (view.type !== 'closed') send({ confirm: view.frame })
  } else if ('until' in message) {
    send({ done: true, took_ms: await terminal.pressUntil(message.press, message.until) })
  } else if ('press' in message) {
    terminal.press(message.press)
    send({ done: true })
  } else if ('pulse' in message) {
    const { pulse } = message
    schedule = pulse === null ? undefined : { beat: 0, at_ms: performance.now(), bpm: pulse }
    onFrame()
    send({ done: true })
  } else if ('read' in message) send({ done: true, reading: readCounts(message.collect) })
  else end.abort()
})

await runTop({
  ports: {
    openView(query, given) {
      handlers = given
      send({ query })
      // As over a network: never before this function has returned.
      setImmediate(() => given.state({ name: 'live' }))
      return { update: (next) => send({ query: next }), close: () => undefined }
    },
    fetchAgent: unavailable,
    fetchAgentAt: unavailable,
    fetchFleetAt: unavailable,
    fetchEvents: unavailable,
    fetchRange: unavailable,
    requestStatus: unavailable,
    openBeat(given) {
      onFrame = given
      return { now: () => schedule && beatOf(schedule), close: () => undefined }
    },
    fetchPulse: unavailable,
    fetchBars: unavailable,
    watchBars: () => () => undefined,
    fetchCommands: unavailable,
    fetchCommand: unavailable,
    requestCommand: unavailable,
    watchOrders: () => () => undefined,
    remember: () => undefined,
  },
  stdin: terminal.stdin,
  stdout: terminal.stdout,
  color: true,
  level: 2,
  place: { agent: 'agent-00001' },
  signal: end.signal,
})
process.disconnect()
