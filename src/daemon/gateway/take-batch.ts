// What a lane sends next, and how. An atomic batch costs the broker a staging file and, in `durable`, four flushes;
// messages one by one cost a flush each in `durable`, and next to nothing in `fast`.
//
// One by one, a message may be refused while the next is stored. So such a burst holds each agent once: order per agent
// then survives a refusal, which ends the burst's lane (lanes.ts).

import { batchLimits, type Message } from '../stream/publish-batch.ts'
import type { Queue } from './queue.ts'

export type Batch<T> = { batch: T[]; atomic: boolean }

export type BatchChoice = { atomic: boolean; plain_max: number }

/** A burst of so many is worth sending even when more waits behind a repeated agent. */
const burstMin = 64

/** After a refusal little is tried first: a whole batch might be more than the stream has room for, again and again. */
const trialMax = 8

/** Takes at least one entry of a queue that is not empty. */
export function takeBatch<T extends { message: Message }>(
  queue: Queue<T>,
  { atomic, plain_max }: BatchChoice,
  trial: boolean,
): Batch<T> {
  if (trial) return { batch: take(queue, countBurst(queue, trialMax)), atomic: false }
  const burst = countBurst(queue, atomic ? plain_max : batchLimits.messages_max)
  const plain = !atomic || burst === queue.size() || burst >= burstMin
  return plain
    ? { batch: take(queue, burst), atomic: false }
    : { batch: take(queue, batchLimits.messages_max), atomic: true }
}

/** How many from the front have different subjects. */
function countBurst(queue: Queue<{ message: Message }>, max: number): number {
  const subjects = new Set<string>()
  const end = Math.min(max, queue.size())
  let count = 0
  while (count < end) {
    const { subject } = (queue.at(count) as { message: Message }).message
    if (subjects.has(subject)) break
    subjects.add(subject)
    count++
  }
  return count
}

function take<T extends { message: Message }>(queue: Queue<T>, max: number): T[] {
  const batch: T[] = []
  let bytes = 0
  for (let entry = queue.at(0); entry && batch.length < max; entry = queue.at(0)) {
    bytes += entry.message.bytes + entry.message.subject.length
    if (batch.length > 0 && bytes > batchLimits.bytes_max) break
    batch.push(entry)
    queue.shift()
  }
  return batch
}
