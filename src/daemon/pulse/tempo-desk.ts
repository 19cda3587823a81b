// Tempo requests that wait for the node's answer.

import { BeaconError } from '../../core/errors.ts'
import type { TempoDocument } from '../../core/pulse-document.ts'
import type { TempoRefusal } from '../../core/pulse-node.ts'
import type { Result } from '../../core/result.ts'

export type TempoDesk = {
  /** The number to ask the node with, and what becomes of it. */
  open(): { id: number; answer: Promise<TempoDocument> }
  settle(id: number, answer: Result<TempoDocument, TempoRefusal>): void
}

export function makeTempoDesk(): TempoDesk {
  const waiting = new Map<number, PromiseWithResolvers<TempoDocument>>()
  let ids = 0
  return {
    open() {
      const id = ++ids
      const asked = Promise.withResolvers<TempoDocument>()
      waiting.set(id, asked)
      return { id, answer: asked.promise }
    },
    settle(id, answer) {
      const asked = waiting.get(id)
      waiting.delete(id)
      if (answer.ok) asked?.resolve(answer.value)
      else asked?.reject(toError(answer.error))
    },
  }
}

const toError = ({ reason, message }: TempoRefusal): BeaconError =>
  reason === 'invalid' ? new BeaconError('tempo_refused', message) : new BeaconError('tempo_unknown', message)
