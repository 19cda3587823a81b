// What the sender of a body is told, the same over HTTP and NATS: docs/http.md describes these documents.

import { BeaconError, type ErrorCode, type Problem, toProblem } from '../../core/errors.ts'
import type { EntryError, Tally } from './admission.ts'
import type { Body } from './body-forms.ts'
import type { Door } from './door.ts'

export type Accepted =
  | { status: 'accepted'; seq: number }
  | { status: 'accepted'; accepted: number; rejected: number; errors: EntryError[]; errors_omitted?: number }

export type IngestProblem = Problem & {
  accepted?: number
  rejected?: number
  errors?: EntryError[]
  errors_omitted?: number
  not_stored?: [number, number][]
}

export type Answer = {
  status: number
  body: Accepted | IngestProblem
  /** Seconds, with each 429 and 503. */
  retry_after_s?: number
}

export const retryAfterSeconds = 1
const retryAfter: Record<number, number> = { 429: 60, 503: retryAfterSeconds }

export function toAnswer(door: Door, body: Body, tally: Tally): Answer {
  if (tally.failure) return toNotStored(body.form, tally, tally.failure.code, tally.failure.detail)
  if (tally.accepted === 0) return toInvalid(door, body.form, tally)
  const { accepted, rejected, last_seq } = tally
  if (body.form === 'many')
    return { status: 202, body: { status: 'accepted', accepted, rejected, ...toErrors(tally) } }
  const [{ event }] = body.entries
  return {
    status: 202,
    body: { status: 'accepted', seq: last_seq, ...(event.ok ? door.tell?.(event.value) : {}) },
  }
}

export function toErrorAnswer(error: BeaconError): Answer {
  const body = toProblem(error)
  const retry_after_s = retryAfter[body.status]
  return { status: body.status, body, ...(retry_after_s === undefined ? {} : { retry_after_s }) }
}

function toInvalid({ noun, none }: Door, form: Body['form'], tally: Tally): Answer {
  const first = tally.errors[0]
  const alone = form === 'one' && first ? first : undefined
  const code: ErrorCode = alone?.code ?? none
  const detail = alone?.message ?? `none of ${tally.rejected} ${noun}s is valid`
  const answer = toErrorAnswer(new BeaconError(code, detail))
  return {
    ...answer,
    body: { ...answer.body, accepted: 0, rejected: tally.rejected, ...toErrors(tally) } as IngestProblem,
  }
}

/** Some or all valid events have no promise: the accepted ones are stored, `not_stored` says which to send again. */
function toNotStored(form: Body['form'], tally: Tally, code: ErrorCode, detail: string): Answer {
  const { accepted, rejected, not_stored } = tally
  const hint =
    accepted === 0
      ? {}
      : {
          hint: 'The accepted events are stored. Send those in not_stored again, or all of them if they are numbered.',
        }
  const answer = toErrorAnswer(new BeaconError(code, detail, hint))
  if (form === 'one') return answer
  const body = { ...answer.body, accepted, rejected, not_stored, ...toErrors(tally) }
  return { ...answer, body: body as IngestProblem }
}

function toErrors({ errors, rejected }: Tally): { errors: EntryError[]; errors_omitted?: number } {
  return rejected > errors.length ? { errors, errors_omitted: rejected - errors.length } : { errors }
}
