// Refused requests in the event stream: one event of the agent `beacon` per sender and reason and some seconds, with a count.

import type { LaneMessage } from './lanes.ts'
import type { StampEvent } from './stamp.ts'

export type Refused = {
  /** Error code. */
  code: string
  /** Who it was, as far as it is known: the name of a principal, or an address. Never a token. */
  sender: string
  /** `POST /api/v1/agents/:id/terminate`; of several the first. */
  what: string
}

export type RefusalAudit = {
  add(refused: Refused): void
  /** Resolves when what was left is written or refused. */
  stop(): Promise<void>
}

const auditAgent = 'beacon'

const tell_ms = 5_000
/** Kinds of refusals between two tellings; the rest is counted together. */
const kinds_max = 50

type Row = Refused & { count: number; first_ms: number }

export function makeRefusalAudit({
  stamp,
  admit,
  now_ms = Date.now,
}: {
  stamp: StampEvent
  admit(messages: readonly LaneMessage[]): Promise<unknown>
  now_ms?: () => number
}): RefusalAudit {
  let rows = new Map<string, Row>()

  async function tell(): Promise<void> {
    if (rows.size === 0) return
    const told = rows
    rows = new Map()
    const messages = [...told.values()].map(({ first_ms, ...row }) =>
      stamp({
        kind: 'command',
        agent_id: auditAgent,
        status: 'refused',
        metadata: { ...row, since: new Date(first_ms).toISOString() },
      }),
    )
    // The lanes answer what they cannot store; an audit of refusals must not hold up anything.
    await admit(messages).catch(() => {})
  }
  const telling = setInterval(() => void tell(), tell_ms)

  return {
    add(refused) {
      const key = JSON.stringify([refused.sender, refused.code])
      const known = rows.get(key)
      if (known) known.count++
      else if (rows.size < kinds_max) rows.set(key, { ...refused, count: 1, first_ms: now_ms() })
      else {
        const others = rows.get('others')
        if (others) others.count++
        else
          rows.set('others', {
            code: refused.code,
            sender: 'others',
            what: 'several',
            count: 1,
            first_ms: now_ms(),
          })
      }
    },
    async stop() {
      clearInterval(telling)
      await tell()
    },
  }
}
