// Carries the node of a pulse (core/pulse.ts): tells it what happens, and does what it says.

import { headers, type NatsConnection } from '@nats-io/nats-core'
import type { Logger } from 'pino'
import { pulseHeader } from '../../core/beat-frame.ts'
import type { Clock } from '../../core/beat-tracker.ts'
import { step } from '../../core/pulse.ts'
import { backbeatSubjects, type PulseDocument } from '../../core/pulse-document.ts'
import { isLeading, type PulseEffect, type PulseInput, type PulseNode } from '../../core/pulse-node.ts'
import type { PulseState } from '../../core/pulse-state.ts'
import type { Lease } from '../lease.ts'
import { isConnected } from '../stream/publish-frames.ts'
import type { PulseCounts } from './pulse-counts.ts'
import type { PulseStore } from './pulse-store.ts'
import type { TempoDesk } from './tempo-desk.ts'
import { makeWake } from './wake.ts'

export type PulseRunner = {
  take(input: PulseInput): void
  /** As long as the lease is held, until the node gives it back; leads as soon as that is written down. */
  lead(held: AbortSignal, lease: Lease): Promise<void>
  close(): void
}

export type PulseRunnerOptions = {
  nc: NatsConnection
  node: PulseNode
  store: PulseStore
  /** What other nodes know of the beat; null when none answers. */
  ask(): Promise<PulseDocument | null>
  /** What to go on with where nothing is kept, such as in a new store of the broker. */
  recall(): Promise<PulseState | null>
  counts: PulseCounts
  desk: TempoDesk
  clock(): Clock
  log: Logger
}

type Reign = { lease: Lease; end(): void }

export function makePulseRunner(options: PulseRunnerOptions): PulseRunner {
  const { nc, node, store, counts, clock, log } = options
  const subject = backbeatSubjects(node.options.cluster_id).beat
  let reign: Reign | undefined
  let led = false

  const wake = makeWake(() => take({ kind: 'tick' }))

  const take = (input: PulseInput): void => {
    const now = clock()
    if (reign) tell({ kind: 'renewed', valid_until_ms: reign.lease.validUntil_ms() }, now)
    tell(input, now)
    const leads = isLeading(node)
    if (leads === led) return
    led = leads
    if (leads) counts.onTakeover()
    log.info(
      { epoch: node.tracker.epoch, beat: node.tracker.taken },
      leads ? 'this pulse leads' : 'this pulse follows',
    )
  }

  const tell = (input: PulseInput, now: Clock): void => {
    for (const effect of step(node, input, now)) perform(effect)
  }

  const perform = (effect: PulseEffect): void => {
    switch (effect.kind) {
      case 'send':
        send(effect)
        break
      case 'write':
        void write(effect)
        break
      case 'release':
        reign?.end()
        break
      case 'wake':
        wake.at(effect.at_ms)
        break
      case 'answer':
        options.desk.settle(effect.id, effect.answer)
        break
    }
  }

  const write = async ({ id, state }: Extract<PulseEffect, { kind: 'write' }>): Promise<void> => {
    const ok = await store.write(state).then(
      () => true,
      (err: unknown) => {
        log.warn({ err }, 'the state of the pulse was not kept')
        return false
      },
    )
    take({ kind: 'wrote', id, ok })
  }

  const send = ({ frame, note }: Extract<PulseEffect, { kind: 'send' }>): void => {
    // What is published while there is no connection would be thrown away.
    if (!isConnected(nc)) return
    const header = headers()
    header.set(pulseHeader, JSON.stringify(note))
    nc.publish(subject, JSON.stringify(frame), { headers: header })
    counts.onFrame(note.late_ms)
  }

  return {
    take,
    async lead(held, lease) {
      const kept = (await store.read()) ?? (await options.recall())
      // What is kept is by the wall clock of a leader that is gone: what the others count is nearer to the beat.
      const document = node.tracker.schedule ? null : await options.ask()
      if (held.aborted) return
      if (document) take({ kind: 'told', document })
      const ended = Promise.withResolvers<void>()
      reign = { lease, end: ended.resolve }
      const onLost = (): void => {
        take({ kind: 'lost' })
        ended.resolve()
      }
      held.addEventListener('abort', onLost, { once: true })
      take({ kind: 'gained', kept, valid_until_ms: lease.validUntil_ms() })
      await ended.promise
      held.removeEventListener('abort', onLost)
      reign = undefined
    },
    close: () => wake.stop(),
  }
}
