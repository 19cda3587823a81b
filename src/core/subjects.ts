// Names on NATS: streams, buckets and subjects, and the way an agent id becomes one subject token.

export const eventsStream = 'BEACON_EVENTS'
export const inStream = 'BEACON_IN'
export const ingestSubject = 'beacon.ingest'
export const eventsSubjects = 'beacon.ev.>'
/** What came in through BEACON_IN and cannot be admitted; in BEACON_EVENTS too, so that the books count it. */
export const quarantineSubjects = 'beacon.quarantine.>'
/** Reports, by cluster; in BEACON_EVENTS too, and republished on `backbeat.<cluster>.bar` (core/bar-report.ts). */
export const barsSubjects = 'beacon.bar.*'
export const isReportSubject = (subject: string): boolean => subject.startsWith('beacon.bar.')
export const inSubjects = 'beacon.in.>'
/** Claims by cluster and agent: in BEACON_IN as well. */
export const claimSubjects = 'backbeat.*.claim.>'
/** Request: claims as to POST /ingest/claim, and the same answers. */
export const claimSubject = 'beacon.claim'
/** Each daemon on a NATS answers here; for clients that know nothing but a URL. */
export const supervisorStatusSubject = 'beacon.supervisor.status'
/** The doors of one daemon's supervisor; `id` as in run/daemon.json. */
export const supervisorSubject = (id: string, verb: string): string => `beacon.supervisor.${id}.${verb}`
/** The supervisor tells its gateways why to refuse, each second while it holds. */
export const refusalSubject = (id: string): string => supervisorSubject(id, 'refusal')

const plain = /^[A-Za-z0-9_-]+$/

/** The agent id percent-encoded into one subject token: only `A–Z a–z 0–9 _ -` stay as they are. Needs well-formed UTF-16. */
export function toAgentToken(agentId: string): string {
  if (plain.test(agentId)) return agentId
  return encodeURIComponent(agentId).replace(
    /[.!~*'()]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** The agent id of a subject token, or undefined if the token is no percent-encoded UTF-8. */
export function parseAgentToken(token: string): string | undefined {
  if (!token.includes('%')) return token
  try {
    return decodeURIComponent(token)
  } catch {
    return undefined
  }
}

/** FNV-1a, 32 bits, over the UTF-16 code units: stable across versions, since partitions and index keys hang on it. */
export function hashAgent(agentId: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < agentId.length; i++) {
    hash = Math.imul(hash ^ agentId.charCodeAt(i), 0x01000193)
  }
  // FNV-1a leaves the low bits of short, similar ids poorly mixed; the finisher of MurmurHash3 mends that.
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

export const partitionOf = (agentId: string, partitions: number): number => hashAgent(agentId) % partitions

export function toEventSubject(agentId: string, partitions: number): string {
  return `beacon.ev.${partitionOf(agentId, partitions)}.${toAgentToken(agentId)}`
}

/** The agent id of `beacon.ev.<partition>.<token>`. */
export function parseEventSubject(subject: string): string | undefined {
  const dot = subject.indexOf('.', 'beacon.ev.'.length)
  return dot < 0 ? undefined : parseAgentToken(subject.slice(dot + 1))
}

/** A subject token in a form that is allowed in keys of a KV bucket. */
export const toAgentKey = (agentId: string): string => toAgentToken(agentId).replaceAll('%', '=')

/** The key of an order: by agent and installation, so that one agent's orders are `<agent>.>`. */
export const toOrderKey = (agentId: string, installationId: string | null): string =>
  `${toAgentKey(agentId)}.${installationId ?? 'none'}`
