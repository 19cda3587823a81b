// Orders as they are given, over server-sent events: what makes a command arrive at once and not with the next heartbeat.

import type { Order } from '../core/order.ts'
import type { AgentDoor } from './agent-door.ts'
import { backoff_ms, makeWaker } from './agent-waker.ts'

export type OrderStream = {
  /** The installation is new, or Beacon is back. */
  wake(): void
  close(): void
}

export type OrderStreamOptions = {
  door: AgentDoor
  /** Undefined: there is nothing to listen to, now. */
  installation(): { installation_id: string; runtime_token: string } | undefined
  onOrder(order: Order): void
  /** It ended, or could not be opened for the first time. */
  onTrouble(): void
}

/** Beacon says something each few seconds: after so long without a byte the connection is dead. */
const silence_ms = 30_000
const pauseMax_ms = 5_000
const messageChars_max = 1024 * 1024

export function openOrderStream({ door, installation, onOrder, onTrouble }: OrderStreamOptions): OrderStream {
  const waker = makeWaker()
  const closed = new AbortController()
  let failures = 0
  let listening: { installationId: string; end(): void } | undefined
  void run()

  async function run(): Promise<void> {
    while (!closed.signal.aborted) {
      const target = installation()
      if (!target) {
        await waker.pause(Number.POSITIVE_INFINITY)
        continue
      }
      await listen(target.installation_id, target.runtime_token).catch(() => {})
      if (closed.signal.aborted) return
      if (failures === 0) onTrouble()
      await waker.pause(backoff_ms(failures++, pauseMax_ms))
    }
  }

  async function listen(installationId: string, token: string): Promise<void> {
    const current = new AbortController()
    listening = { installationId, end: () => current.abort() }
    const watch = setTimeout(listening.end, silence_ms)
    try {
      const path = `/api/v1/installations/${installationId}/commands`
      const body = await door.stream(path, token, AbortSignal.any([closed.signal, current.signal]))
      failures = 0
      const decoder = new TextDecoder()
      const parser = makeEventParser(onData)
      for await (const chunk of body) {
        watch.refresh()
        parser(decoder.decode(chunk, { stream: true }))
      }
    } finally {
      clearTimeout(watch)
      listening = undefined
    }
  }

  function onData(data: string): void {
    const message = parseOrder(data)
    if (message) onOrder(message)
  }

  return {
    wake() {
      // What is said to an earlier installation is not for this one.
      if (listening && listening.installationId !== installation()?.installation_id) listening.end()
      waker.wake()
    },
    close() {
      closed.abort()
      waker.wake()
    },
  }
}

function parseOrder(data: string): Order | undefined {
  try {
    const value = JSON.parse(data) as Partial<Order> | null
    return value?.schema === 'beacon.order.v1' ? (value as Order) : undefined
  } catch {
    return undefined
  }
}

/** Calls `onData` with the data of each server-sent event; pieces may be cut anywhere. Throws on a message without end. */
export function makeEventParser(onData: (data: string) => void): (text: string) => void {
  let rest = ''
  let data: string[] = []
  return (text) => {
    rest += text
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > messageChars_max) throw new RangeError('a server-sent event is too long')
    for (const each of lines) {
      const line = each.endsWith('\r') ? each.slice(0, -1) : each
      if (line.startsWith('data:')) data.push(line.slice(line.startsWith('data: ') ? 6 : 5))
      if (line !== '' || data.length === 0) continue
      onData(data.join('\n'))
      data = []
    }
  }
}
