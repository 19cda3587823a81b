// Every error that a user can meet, in one registry: what happened, how to mend it, and how it ends
// a command (exit code) or an HTTP request (status). docs/errors.md is generated from this table.

import { accessErrors } from './access-errors.ts'
import { claimErrors } from './claim-errors.ts'
import type { ErrorEntry } from './error-entry.ts'

export const errorRegistry = {
  usage: {
    title: 'Wrong usage',
    hint: 'Read the help of the command with --help.',
    exit: 2,
    status: 400,
  },
  config_invalid: {
    title: 'The configuration is wrong',
    hint: 'Mend the named key in config.toml, the BEACON_ variable or the flag; `beacon config show --origin` prints where each value came from.',
    exit: 2,
    status: 500,
  },
  expression_invalid: {
    title: 'The expression cannot be read',
    hint: 'Terms are joined by spaces: field:value, field:~regex, field>number, !term, or bare text.',
    exit: 2,
    status: 400,
  },
  not_found: {
    title: 'Nothing matched',
    hint: 'Check the id or widen the expression or the time range.',
    exit: 3,
    status: 404,
  },
  daemon_unreachable: {
    title: 'The daemon is not reachable',
    hint: 'Start it with `beacon daemon start`, or name its home with --home.',
    exit: 4,
    status: 503,
  },
  daemon_failed: {
    title: 'The daemon did not start',
    hint: 'Read `beacon daemon logs`, mend what it names, and start again.',
    exit: 1,
    status: 503,
  },
  home_locked: {
    title: 'Another daemon holds this home',
    hint: 'Stop it with `beacon daemon stop`, or use another --home.',
    exit: 1,
    status: 409,
  },
  home_unusable: {
    title: 'The home cannot be used',
    hint: 'Mend the named file or folder, or name another home with --home.',
    exit: 1,
    status: 503,
  },
  port_taken: {
    title: 'The port is taken',
    hint: 'Stop what listens there, or choose another with --http HOST:PORT.',
    exit: 1,
    status: 409,
  },
  disk_full: {
    title: 'The disk is full',
    hint: 'Free space on the file system that holds the home; ingest goes on by itself afterwards.',
    exit: 1,
    status: 503,
  },
  broker_missing: {
    title: 'No nats-server was found',
    hint: 'Run `beacon setup`; it says what to do by hand when it cannot fetch one.',
    exit: 1,
    status: 503,
  },
  broker_unfit: {
    title: 'The nats-server does not fit',
    hint: 'durable needs nats-server 2.15 or newer, fast needs 2.10.23 or newer; run `beacon setup`, or choose --durability fast.',
    exit: 1,
    status: 503,
  },
  broker_failed: {
    title: 'The nats-server failed',
    hint: 'Read `beacon daemon logs`; the end of the nats-server log stands there.',
    exit: 1,
    status: 503,
  },
  bind_refused: {
    title: 'Refused to listen beyond loopback',
    hint: 'Start Beacon on 127.0.0.1, make a token with `beacon token create --role admin`, and restart it with the address.',
    exit: 5,
    status: 403,
  },
  origin_refused: {
    title: 'Web pages of others may not come here',
    hint: 'Use a program, which sends no Origin header; pages on loopback are allowed.',
    exit: 5,
    status: 403,
  },
  body_not_json: {
    title: 'The body is not JSON',
    hint: 'Send one JSON object, a JSON array of objects, or NDJSON with Content-Type application/x-ndjson, in UTF-8.',
    exit: 1,
    status: 400,
  },
  body_encoding: {
    title: 'The content encoding cannot be read',
    hint: 'Send the body plain or with Content-Encoding: gzip.',
    exit: 1,
    status: 415,
  },
  body_media_type: {
    title: 'The content type is not supported',
    hint: 'Use application/json or application/x-ndjson.',
    exit: 1,
    status: 415,
  },
  body_too_large: {
    title: 'The body is too large',
    hint: 'A body may have 16 MiB after decompression; send several requests.',
    exit: 1,
    status: 413,
  },
  event_too_large: {
    title: 'The event is too large',
    hint: 'An event may have 256 KiB; keep large payloads elsewhere and send a reference.',
    exit: 1,
    status: 413,
  },
  event_invalid: {
    title: 'No event in the body is valid',
    hint: 'Mend the named fields; agent_id (1–256 bytes) and status (1–64 characters) are required.',
    exit: 1,
    status: 422,
  },
  beat_unknown: {
    title: 'The beat is not known yet',
    hint: 'Check the name of the cluster, and with `beacon beat` that its pulse beats.',
    exit: 4,
    status: 503,
  },
  not_allowed: {
    title: 'The broker does not allow it',
    hint: 'Connect with the credentials of the role: agents use credentials/agent.url in the home of the daemon.',
    exit: 5,
    status: 403,
  },
  overloaded: {
    title: 'Beacon cannot accept events right now',
    hint: 'Nothing of this request is promised: keep the events and send them again after the time in Retry-After.',
    exit: 5,
    status: 503,
  },
  outcome_unknown: {
    title: 'The broker did not confirm in time',
    hint: 'Nothing is promised: send the events again. Events numbered with agent_seq are stored once all the same.',
    exit: 1,
    status: 503,
  },
  route_not_found: {
    title: 'No such route',
    hint: 'The routes stand in docs/http.md.',
    exit: 3,
    status: 404,
  },
  backend_not_found: {
    title: 'No such gateway',
    hint: '`beacon gateway ls` lists them.',
    exit: 3,
    status: 404,
  },
  backend_last: {
    title: 'The last gateway cannot be removed',
    hint: 'Add another one first, or stop the daemon.',
    exit: 5,
    status: 409,
  },
  archive_missing: {
    title: 'There is no archive here',
    hint: 'Name the home of the daemon with --home; an archive appears with the first event.',
    exit: 3,
    status: 404,
  },
  archive_locked: {
    title: 'Another process writes this archive',
    hint: 'One archive has one writer: stop the other daemon or archiver first.',
    exit: 1,
    status: 409,
  },
  archive_damaged: {
    title: 'The archive is damaged',
    hint: 'Run `beacon verify` for the full list, and keep a copy of the folder before anything else.',
    exit: 1,
    status: 500,
  },
  ledger_damaged: {
    title: 'The ledger of the run cannot be read',
    hint: 'The file was changed or damaged after the run wrote it: run `beacon sim` again.',
    exit: 1,
    status: 500,
  },
  pty_missing: {
    title: 'There is no pseudo-terminal to measure on',
    hint: 'Run `npm install @lydell/node-pty` where Beacon is installed; it has no build for every platform.',
    exit: 1,
    status: 500,
  },
  pulse_unreachable: {
    title: 'No pulse answers',
    hint: 'A daemon of this cluster must run: `beacon daemon status` shows its pulse, and `beacon config show` the name of the cluster.',
    exit: 4,
    status: 503,
  },
  tempo_refused: {
    title: 'The tempo is refused',
    hint: 'Change it by at most a tenth at a time; `beacon tempo` shows what is allowed now.',
    exit: 5,
    status: 422,
  },
  tempo_unknown: {
    title: 'Nobody knows whether the tempo was changed',
    hint: 'Another pulse took over meanwhile: `beacon tempo` shows what counts.',
    exit: 1,
    status: 503,
  },
  ...claimErrors,
  ...accessErrors,
  internal: {
    title: 'A bug in Beacon',
    hint: 'Please report it with the end of `beacon daemon logs`.',
    exit: 1,
    status: 500,
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorRegistry

/** An expected failure at the edge. `detail` says what happened this time; title, hint and codes come from the registry. */
export class BeaconError extends Error {
  readonly code: ErrorCode
  readonly detail: string
  /** How to mend this occurrence, where that is more exact than the registry's hint. */
  readonly hint: string

  constructor(code: ErrorCode, detail: string, options: { hint?: string; cause?: unknown } = {}) {
    super(`${errorRegistry[code].title}: ${detail}`, { cause: options.cause })
    this.name = 'BeaconError'
    this.code = code
    this.detail = detail
    this.hint = options.hint ?? errorRegistry[code].hint
  }

  get entry(): ErrorEntry {
    return errorRegistry[this.code]
  }
}

/** RFC 9457 problem document. */
export type Problem = {
  type: string
  title: string
  status: number
  detail: string
  code: ErrorCode
  hint: string
}

export function toProblem(error: BeaconError): Problem {
  const { title, status } = error.entry
  return {
    type: `urn:beacon:error:${error.code}`,
    title,
    status,
    detail: error.detail,
    code: error.code,
    hint: error.hint,
  }
}
