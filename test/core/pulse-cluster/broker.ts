// A simulated broker: two keys with compare-and-set, one of them with a time to live, and one subject. Its links are TCP: in
// order, with delays; cut off, they hold what is under way or lose it.

import type { World } from './world.ts'

export const ttl_ms = 1_500

type Entry = { value: string; revision: number }
export type KeyName = 'lease' | 'state'

export type Broker = {
  isUp(): boolean
  /** Down, it forgets what was under way, and its store too when told so. */
  setUp(up: boolean, keepStore?: boolean): void
  read(key: KeyName): Entry | undefined
  /** When the lease can be had by anybody; 0 when it is free. */
  leaseEnds_ms(): number
  /** By hand: whoever holds it does not know. */
  dropLease(): void
  connect(): Link
}

export type Link = {
  /** Answers with the entry, or undefined. No answer at all when something on the way is lost. */
  get(key: KeyName, answer: (entry: Entry | undefined) => void): void
  /** Revision 0: there must be none. Value null: removes it. Answers with the new revision, or undefined when refused. */
  put(
    key: KeyName,
    value: string | null,
    revision: number,
    answer: (revision: number | undefined) => void,
  ): void
  publish(text: string): void
  /** Asks all the others; each answer comes alone. */
  request(answer: (text: string) => void): void
  onRequest(answer: (reply: (text: string) => void) => void): void
  onMessage(hear: (text: string) => void): void
  /** Told when the client finds out that it is cut off, and when it is connected again. */
  onConnection(hear: (up: boolean) => void): void
  /** Cut off. `lossy`: the connection is reset, and what was under way is gone. */
  cut(lossy: boolean): void
  heal(): void
  close(): void
  /** It never lost a message. */
  isWhole(): boolean
}

export type BrokerHooks = {
  /** Slowest message. */
  delayMax_ms: number
  onPublished(text: string): void
  onState(value: string): void
}

export function makeBroker(world: World, hooks: BrokerHooks): Broker {
  const entries = new Map<KeyName, Entry>()
  const links = new Set<LinkState>()
  let revision = 0
  let up = true
  let leaseEnds_ms = 0

  const read = (key: KeyName): Entry | undefined =>
    key === 'lease' && world.now_ms() >= leaseEnds_ms ? undefined : entries.get(key)

  const put = (key: KeyName, value: string | null, expected: number): number | undefined => {
    if ((read(key)?.revision ?? 0) !== expected) return undefined
    revision++
    if (value === null) entries.delete(key)
    else entries.set(key, { value, revision })
    if (key === 'lease') leaseEnds_ms = value === null ? 0 : world.now_ms() + ttl_ms
    else if (value !== null) hooks.onState(value)
    return revision
  }

  return {
    isUp: () => up,
    read,
    leaseEnds_ms: () => (read('lease') ? leaseEnds_ms : 0),
    setUp(next, keepStore = true) {
      up = next
      if (!keepStore) {
        entries.clear()
        leaseEnds_ms = 0
      }
      for (const link of links) link.setBroker(next)
    },
    dropLease() {
      entries.delete('lease')
    },
    connect() {
      const link = makeLink(world, hooks, () => up)
      links.add(link)
      return {
        get: (key, answer) =>
          link.toBroker(() => {
            const entry = read(key)
            link.toClient(() => answer(entry))
          }),
        put: (key, value, expected, answer) =>
          link.toBroker(() => {
            const done = put(key, value, expected)
            link.toClient(() => answer(done))
          }),
        publish: (text) =>
          link.toBroker(() => {
            hooks.onPublished(text)
            for (const each of links) each.toClient(() => each.hear(text))
          }),
        request: (answer) =>
          link.toBroker(() => {
            for (const each of links)
              each.toClient(() => each.ask((text) => each.toBroker(() => link.toClient(() => answer(text)))))
          }),
        onRequest(answer) {
          link.ask = answer
        },
        onMessage(hear) {
          link.hear = hear
        },
        onConnection(hear) {
          link.tell = hear
        },
        cut: (lossy) => link.cut(lossy),
        heal: () => link.heal(),
        close: () => {
          links.delete(link)
          link.cut(true)
        },
        isWhole: () => link.whole,
      }
    },
  }
}

type LinkState = ReturnType<typeof makeLink>

/** Until a client finds out that its connection is gone. */
const noticeMax_ms = 200

function makeLink(world: World, hooks: BrokerHooks, isBrokerUp: () => boolean) {
  let open = true
  let partitioned = false
  /** Counts connections: what was under way on an earlier one never arrives. */
  let connection = 0
  let held: (() => void)[] | null = null
  const last_ms = { up: 0, down: 0 }

  const carry = (way: 'up' | 'down', run: () => void): void => {
    const on = connection
    const usual = world.chance() < 0.95 ? 5 : hooks.delayMax_ms
    const at_ms = Math.max(last_ms[way], world.now_ms() + world.between(0.1, usual))
    last_ms[way] = at_ms
    const arrive = (): void => {
      if (on !== connection) link.whole = false
      else if (held) held.push(arrive)
      else run()
    }
    world.after(at_ms - world.now_ms(), arrive)
  }

  const link = {
    whole: true,
    hear: (_text: string): void => {},
    ask: (_reply: (text: string) => void): void => {},
    tell: (_up: boolean): void => {},
    toBroker(run: () => void): void {
      if (!open) link.whole = false
      else carry('up', () => isBrokerUp() && run())
    },
    toClient(run: () => void): void {
      if (!open) link.whole = false
      else carry('down', run)
    },
    reset(): void {
      connection++
      held = null
      open = false
      link.whole = false
      const on = connection
      world.after(world.between(0, noticeMax_ms), () => on === connection && !open && link.tell(false))
    },
    cut(lossy: boolean): void {
      partitioned = true
      if (lossy) link.reset()
      else held ??= []
    },
    heal(): void {
      partitioned = false
      link.connect()
    },
    connect(): void {
      if (partitioned) return
      const waiting = held ?? []
      held = null
      for (const arrive of waiting) arrive()
      if (open || !isBrokerUp()) return
      connection++
      open = true
      const on = connection
      world.after(world.between(1, 20), () => {
        if (on !== connection) return
        // The old connection's end is noticed before the new one is there.
        link.tell(false)
        link.tell(true)
      })
    },
    setBroker(isUp: boolean): void {
      if (isUp) link.connect()
      else link.reset()
    },
  }
  return link
}
