// Clients of the live stream for tests: each keeps what it was told, in order.

import { connect, type Socket } from 'node:net'
import type { StreamMessage } from '../../../src/core/stream-message.ts'
import { until } from './running-gateway.ts'

export type Told<Type extends StreamMessage['type']> = Extract<StreamMessage, { type: Type }>

export class Heard {
  readonly messages: StreamMessage[] = []

  /** Of one type, from the given place on. */
  of<Type extends StreamMessage['type']>(type: Type, from = 0): Told<Type>[] {
    return this.messages.slice(from).filter((each): each is Told<Type> => each.type === type)
  }

  /** The first of a type that satisfies, from the given place on. */
  async first<Type extends StreamMessage['type']>(
    type: Type,
    holds: (message: Told<Type>) => boolean = () => true,
    from = 0,
  ): Promise<Told<Type>> {
    return await until(() => this.of(type, from).find(holds), `a message ${type}`)
  }

  /** The last state of an agent that was told, when it satisfies. */
  async change(agent_id: string, holds: (status: string) => boolean = () => true) {
    const find = () =>
      this.of('changes')
        .flatMap(({ changes }) => changes)
        .findLast((each) => each.agent_id === agent_id && holds(each.status))
    return await until(find, `a change of ${agent_id}`)
  }
}

export type SseClient = Heard & {
  status: number
  headers: Headers
  /** As they came: `event: changes\nid: 7\ndata: {…}`. */
  events: string[]
  /** Resolves when the server ended the stream. */
  ended: Promise<void>
  close(): void
}

export async function openSse(url: string, headers: Record<string, string> = {}): Promise<SseClient> {
  const stop = new AbortController()
  const response = await fetch(url, { headers, signal: stop.signal })
  const events: string[] = []
  const heard = new Heard()
  const read = async () => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true })
      const parts = text.split('\n\n')
      text = parts.pop() ?? ''
      for (const part of parts) {
        events.push(part)
        const data = /^data: (.*)$/m.exec(part)?.[1]
        if (data !== undefined) heard.messages.push(JSON.parse(data))
      }
    }
  }
  const ended = read().catch((error: Error) => {
    if (error.name !== 'AbortError') throw error
  })
  return Object.assign(heard, {
    status: response.status,
    headers: response.headers,
    events,
    ended,
    close: () => stop.abort(),
  })
}

export type SocketClient = Heard & {
  send(text: string): void
  close(): void
  /** Resolves with the code and the reason of the close. */
  closed: Promise<{ code: number; reason: string }>
}

export async function openSocket(url: string): Promise<SocketClient> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'))
  const heard = new Heard()
  socket.addEventListener('message', ({ data }) => heard.messages.push(JSON.parse(String(data))))
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
  })
  await new Promise((resolve) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('close', resolve)
  })
  return Object.assign(heard, {
    send: (text: string) => socket.send(text),
    close: () => socket.close(),
    closed,
  })
}

/** A connection that asks and then reads nothing, until `resume`. */
export async function openStalled(url: string, path: string, headers: string[] = []): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on('error', () => {})
  socket.pause()
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write([`GET ${path} HTTP/1.1`, `Host: ${hostname}`, ...headers, '', ''].join('\r\n'))
  return socket
}

/** The headers that ask for a WebSocket. */
export const upgradeHeaders = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

/** The status line and headers of the answer, and whether the server closed the connection after it. */
export async function ask(url: string, path: string, headers: string[]): Promise<string> {
  const socket = await openStalled(url, path, headers)
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  socket.resume()
  await new Promise((resolve) => socket.once('close', resolve))
  return text
}
