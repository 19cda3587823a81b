// Who may do what: roles of tokens, the rights they carry, and the agents that they reach.

/** Rights that a route or subject asks for. `self` is the installation named in the route, by its runtime token. */
export const rights = ['none', 'register', 'ingest', 'read', 'operate', 'admin', 'self'] as const
export type Right = (typeof rights)[number]

export const tokenRoles = ['install', 'ingest', 'read', 'operate', 'admin'] as const
export type TokenRole = (typeof tokenRoles)[number]

/** `runtime` is an installation's own token. */
export type PrincipalRole = TokenRole | 'runtime'

/** Whoever a request comes from, once it is known. */
export type Principal = {
  role: PrincipalRole
  /** For the audit: `token 3f2a… (ci)`, `installation 0190…`, `local`, `operator`. */
  name: string
  /** The agents that it may speak for and act on: an id, or a prefix that ends in `*`; null for all. */
  agents: string | null
  /** Of a runtime token. */
  installation_id: string | null
}

const rightsOf: Record<PrincipalRole, readonly Right[]> = {
  install: ['register'],
  ingest: ['ingest'],
  read: ['read'],
  operate: ['read', 'ingest', 'operate'],
  admin: ['register', 'ingest', 'read', 'operate', 'admin', 'self'],
  runtime: ['ingest', 'self'],
}

export const mayUse = ({ role }: Principal, right: Right): boolean =>
  right === 'none' || rightsOf[role].includes(right)

export function reachesAgent({ agents }: Pick<Principal, 'agents'>, agentId: string): boolean {
  if (agents === null) return true
  return agents.endsWith('*') ? agentId.startsWith(agents.slice(0, -1)) : agentId === agents
}
