// What the service does around the node of a pulse, in simulated time: the lease, the kept state, frames, the wake.

import { type PulseNote, parseBeatFrame, parsePulseNote } from '../../../src/core/beat-frame.ts'
import { step } from '../../../src/core/pulse.ts'
import { parsePulseDocument, type TempoDocument } from '../../../src/core/pulse-document.ts'
import {
  makePulseNode,
  type PulseEffect,
  type PulseInput,
  type PulseNode,
  type TempoRefusal,
} from '../../../src/core/pulse-node.ts'
import type { PulseState } from '../../../src/core/pulse-state.ts'
import { toPulseDocument } from '../../../src/core/pulse-status.ts'
import type { Result } from '../../../src/core/result.ts'
import { type Broker, type Link, ttl_ms } from './broker.ts'
import type { Machine } from './machine.ts'
import type { World } from './world.ts'

export type Host = {
  name: string
  node: PulseNode
  link: Link
  machine: Machine
  /** The answer may never come. */
  askTempo(bpm: number): void
  /** By its own knowledge. */
  holdsLease(): boolean
  kill(): void
  isDead(): boolean
}

export type HostHooks = {
  /** A frame came to it. */
  onHeard(host: Host, beat: number, note: PulseNote): void
  /** Before its effects are carried out. */
  onStep(host: Host, effects: PulseEffect[]): void
  /** A node that knows of no beat leads, and nobody told it of one. */
  onUntold(): void
  onTempo(bpm: number, answer: Result<TempoDocument, TempoRefusal>): void
}

export type HostOptions = {
  name: string
  cluster_id: string
  bpm: number
  beats_per_bar: number
  /** The chance that the process is stopped between what it decides and what it does. */
  stallChance: number
}

const retry_ms = 100
const timeout_ms = 1_000
const learn_ms = 250
const valid_ms = ttl_ms * 0.8

export function startHost(
  world: World,
  broker: Broker,
  machine: Machine,
  options: HostOptions,
  hooks: HostHooks,
): Host {
  const link = broker.connect()
  const { name, cluster_id, bpm, beats_per_bar } = options
  const node = makePulseNode({ cluster_id, name, bpm, beats_per_bar, hlc_node: 1, version: 'sim' })
  const host: Host = {
    name,
    node,
    link,
    machine,
    askTempo(wanted) {
      const id = ++asks
      wants.set(id, wanted)
      machine.deliver(() => take({ kind: 'tempo', id, bpm: wanted }))
    },
    holdsLease: () => machine.isRunning() && held !== null,
    kill() {
      machine.kill()
      link.close()
    },
    isDead: () => machine.isDead(),
  }
  const wants = new Map<number, number>()
  let asks = 0
  let held: { revision: number; valid_until_ms: number } | null = null
  let stateRevision = 0
  let wakes = 0
  const now_ms = (): number => machine.clock().monotonic_ms

  const take = (input: PulseInput): void => {
    const effects = step(node, input, machine.clock())
    hooks.onStep(host, effects)
    if (effects.some(({ kind }) => kind === 'send') && world.chance() < options.stallChance) {
      machine.stop()
      world.after(world.between(100, 4_000), () => machine.go())
      machine.deliver(() => effects.forEach(perform))
    } else effects.forEach(perform)
  }

  const perform = (effect: PulseEffect): void => {
    switch (effect.kind) {
      case 'send':
        if (node.connected) link.publish(JSON.stringify({ frame: effect.frame, note: effect.note }))
        return
      case 'write':
        ask<number>(
          (answer) => link.put('state', JSON.stringify(effect.state), stateRevision, answer),
          (revision) => {
            stateRevision = revision ?? stateRevision
            take({ kind: 'wrote', id: effect.id, ok: revision !== undefined })
          },
        )
        return
      case 'release':
        if (held) link.put('lease', null, held.revision, () => {})
        held = null
        machine.after(retry_ms, acquire)
        return
      case 'wake': {
        const wake = ++wakes
        machine.after(Math.max(0.01, effect.at_ms - now_ms()), () => {
          if (wake === wakes) take({ kind: 'tick' })
        })
        return
      }
      case 'answer':
        hooks.onTempo(wants.get(effect.id) as number, effect.answer)
    }
  }

  /** Asks the broker; answers undefined also when no answer came in time. */
  const ask = <T>(
    request: (answer: (value: T | undefined) => void) => void,
    then: (value?: T) => void,
  ): void => {
    let open = true
    const settle = (value?: T): void => {
      if (open) then(value)
      open = false
    }
    request((value) => machine.deliver(() => settle(value)))
    machine.after(timeout_ms, () => settle())
  }

  const acquire = (): void => {
    const asked_ms = now_ms()
    ask<number>(
      (answer) => link.put('lease', name, 0, answer),
      (revision) => {
        if (revision === undefined) return machine.after(retry_ms, acquire)
        const gained = { revision, valid_until_ms: asked_ms + valid_ms }
        // "No answer" and "there is none" must not be confused.
        ask<{ kept: PulseState | null; revision: number }>(
          (answer) =>
            link.get('state', (entry) =>
              answer({ kept: entry ? JSON.parse(entry.value) : null, revision: entry?.revision ?? 0 }),
            ),
          (read) => {
            if (!read) return machine.after(retry_ms, acquire)
            stateRevision = read.revision
            learn(() => {
              held = gained
              take({ kind: 'gained', kept: read.kept, valid_until_ms: gained.valid_until_ms })
              machine.after(0, () => renew(gained))
            })
          },
        )
      },
    )
  }

  /** A node that knows of no beat asks the others. */
  const learn = (then: () => void): void => {
    if (node.tracker.schedule) {
      then()
      return
    }
    let open = true
    link.request((text) =>
      machine.deliver(() => {
        const document = parsePulseDocument(JSON.parse(text))
        if (!document.ok) throw new Error(`a status is refused: ${text}`)
        take({ kind: 'told', document: document.value })
        if (open) then()
        open = false
      }),
    )
    machine.after(learn_ms, () => {
      if (!open) return
      open = false
      hooks.onUntold()
      then()
    })
  }

  const renew = (mine: NonNullable<typeof held>): void => {
    if (held !== mine) return
    const asked_ms = now_ms()
    let open = true
    const next = (): void => {
      if (open) machine.after(Math.max(0, asked_ms + ttl_ms / 4 - now_ms()), () => renew(mine))
      open = false
    }
    const lose = (): void => {
      open = false
      if (held !== mine) return
      held = null
      take({ kind: 'lost' })
      machine.after(retry_ms, acquire)
    }
    link.put('lease', name, mine.revision, (revision) =>
      machine.deliver(() => {
        if (held !== mine || !open) return
        if (revision === undefined) return lose()
        mine.revision = revision
        mine.valid_until_ms = asked_ms + valid_ms
        take({ kind: 'renewed', valid_until_ms: mine.valid_until_ms })
        next()
      }),
    )
    machine.after(ttl_ms / 4, () => {
      if (open && held === mine && now_ms() > mine.valid_until_ms) lose()
      else next()
    })
  }

  link.onMessage((text) =>
    machine.deliver(() => {
      const { frame, note } = JSON.parse(text) as { frame: unknown; note: unknown }
      const read = { frame: parseBeatFrame(frame), note: parsePulseNote(note) }
      if (!read.frame.ok || !read.note.ok) throw new Error(`a frame of ours is refused: ${text}`)
      hooks.onHeard(host, read.frame.value.beat_index, read.note.value)
      take({ kind: 'heard', frame: read.frame.value, note: read.note.value })
    }),
  )
  link.onRequest((reply) =>
    machine.deliver(() => {
      const document = toPulseDocument(node, machine.clock())
      if (document) reply(JSON.stringify(document))
    }),
  )
  link.onConnection((up) => machine.deliver(() => take({ kind: 'connection', up })))
  machine.deliver(acquire)
  return host
}
