// Errors of tokens, installations and commands; part of the registry (errors.ts).

import type { ErrorEntry } from './error-entry.ts'

export const accessErrors = {
  token_missing: {
    title: 'A token is needed here',
    hint: 'Send it as `Authorization: Bearer …`; `beacon token create --role …` makes one.',
    exit: 5,
    status: 401,
  },
  token_invalid: {
    title: 'The token is not known',
    hint: 'Check that it was copied whole; `beacon token ls` lists those that exist.',
    exit: 5,
    status: 401,
  },
  token_expired: {
    title: 'The token has expired',
    hint: 'Make a new one with `beacon token create`; an agent recovers with its refresh token.',
    exit: 5,
    status: 401,
  },
  token_revoked: {
    title: 'The token was revoked',
    hint: 'Make a new one with `beacon token create`; a revoked installation registers anew with an install token.',
    exit: 5,
    status: 401,
  },
  token_replayed: {
    title: 'The refresh token was used before',
    hint: 'Two processes hold the same credentials, or they were stolen: the installation is closed, register anew with an install token.',
    exit: 5,
    status: 401,
  },
  token_not_found: {
    title: 'No such token',
    hint: '`beacon token ls` lists them.',
    exit: 3,
    status: 404,
  },
  forbidden: {
    title: 'The token does not allow it',
    hint: 'Use a token of the role that is named; roles and routes stand in docs/security.md.',
    exit: 5,
    status: 403,
  },
  agent_forbidden: {
    title: 'The token is not for this agent',
    hint: 'Use a token of that agent, or one that is bound to no agent.',
    exit: 5,
    status: 403,
  },
  rate_limited: {
    title: 'Too many wrong tokens',
    hint: 'Mend the token first; try again after the time in Retry-After.',
    exit: 5,
    status: 429,
  },
  host_refused: {
    title: 'The request names a host that is not this one',
    hint: 'Address Beacon as 127.0.0.1, [::1] or localhost; with `auth = required` any name will do.',
    exit: 5,
    status: 403,
  },
  installation_invalid: {
    title: 'The body is not valid',
    hint: 'Mend the named field; docs/http.md has an example of each body.',
    exit: 2,
    status: 422,
  },
  installation_not_found: {
    title: 'No such installation',
    hint: 'Register with POST /api/v1/installations.',
    exit: 3,
    status: 404,
  },
  installation_ended: {
    title: 'The installation has ended',
    hint: 'It was terminated or revoked and does not come back: register a new one with an install token.',
    exit: 5,
    status: 409,
  },
  command_invalid: {
    title: 'The command cannot be given',
    hint: 'A command names what to do, to which agents, and a reason of 1 to 256 characters.',
    exit: 2,
    status: 422,
  },
  command_not_found: {
    title: 'No such command',
    hint: 'GET /api/v1/commands lists them.',
    exit: 3,
    status: 404,
  },
  command_unconfirmed: {
    title: 'Not every agent confirmed in time',
    hint: 'The order stands and is given when the agent calls in; `beacon top --view control` shows it.',
    exit: 1,
    status: 504,
  },
} as const satisfies Record<string, ErrorEntry>
