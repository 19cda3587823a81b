// What Beacon's answer means for each event of a request. Zero acknowledged lost hangs on this being exact:
// an event counts as acknowledged only where the answer says so.

/** `again`: nothing is promised, send it again. `unclear`: an answer outside the contract; it is not sent again. */
export type Verdict = 'accepted' | 'rejected' | 'again' | 'unclear'

export type Judgement = {
  /** One verdict for all events, or one per event. */
  verdicts: Verdict | Verdict[]
  /** What Beacon said about the first event that it did not accept, or what is wrong with the answer. */
  detail?: string
  /** Error codes by index, as far as the answer gives them. */
  codes?: ReadonlyMap<number, string>
}

const again = new Set([429, 500, 502, 503, 504])

/** `count` events were sent. An answer that contradicts itself is never read as an acknowledgement. */
export function judgeAnswer(status: number, body: string, count: number): Judgement {
  const answer = parse(body)
  if (status === 202) return judgeAccepted(answer, count)
  if (again.has(status)) return judgeRefused(answer, status, count)
  if (status >= 400 && status < 500) {
    return { verdicts: 'rejected', detail: detailOf(answer, status), codes: codesOf(answer) }
  }
  return { verdicts: 'unclear', detail: `status ${status}` }
}

function judgeAccepted(answer: Answer | undefined, count: number): Judgement {
  if (answer?.status !== 'accepted') return unclear('202 without "status":"accepted"')
  if (answer.accepted === undefined) {
    if (count === 1 && typeof answer.seq === 'number') return { verdicts: 'accepted' }
    return unclear('202 with neither "seq" nor "accepted"')
  }
  if (answer.accepted === count && !answer.errors?.length) return { verdicts: 'accepted' }
  const verdicts = byIndex(answer, count, 'rejected')
  if (!verdicts) return unclear(`202 for ${count} events whose numbers do not add up`)
  return { verdicts, detail: detailOf(answer, 202), codes: codesOf(answer) }
}

/**
 * A refusal may say that a part is stored, and name the rest: `not_stored` as ranges of indexes, and `errors` of what is
 * wrong in itself. Anything less exact means all again.
 */
function judgeRefused(answer: Answer | undefined, status: number, count: number): Judgement {
  const verdicts = answer?.accepted
    ? byIndex(answer, count, answer.not_stored ? 'rejected' : 'again')
    : undefined
  return { verdicts: verdicts ?? 'again', detail: detailOf(answer, status), codes: codesOf(answer) }
}

/** One verdict per event; `erred` is that of the indexes in `errors`. Undefined when the numbers do not add up. */
function byIndex(answer: Answer, count: number, erred: Verdict): Verdict[] | undefined {
  const verdicts = new Array<Verdict>(count).fill('accepted')
  for (const { index } of answer.errors ?? []) {
    if (typeof index !== 'number' || !(index in verdicts)) return undefined
    verdicts[index] = erred
  }
  for (const [from, to] of answer.not_stored ?? []) {
    if (!(from in verdicts && to in verdicts)) return undefined
    verdicts.fill('again', from, to + 1)
  }
  const accepted = verdicts.reduce((sum, each) => sum + (each === 'accepted' ? 1 : 0), 0)
  return accepted === answer.accepted ? verdicts : undefined
}

const unclear = (detail: string): Judgement => ({ verdicts: 'unclear', detail })

type Answer = {
  status?: unknown
  seq?: unknown
  accepted?: number
  not_stored?: [number, number][]
  errors?: { index?: unknown; field?: unknown; message?: unknown; code?: unknown }[]
  code?: unknown
  detail?: unknown
  title?: unknown
}

function parse(body: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(body)
    if (typeof answer !== 'object' || answer === null) return undefined
    if ('errors' in answer && !Array.isArray(answer.errors)) return undefined
    if ('not_stored' in answer && !isRanges(answer.not_stored)) return undefined
    if ('accepted' in answer && typeof answer.accepted !== 'number') return undefined
    return answer as Answer
  } catch {
    return undefined
  }
}

const isRanges = (value: unknown): boolean =>
  Array.isArray(value) && value.every((range) => Array.isArray(range) && range.every(Number.isSafeInteger))

function detailOf(answer: Answer | undefined, status: number): string {
  const first = answer?.errors?.[0]
  if (first) return `${status}: ${String(first.field ?? '')} ${String(first.message ?? '')}`.trim()
  return `${status}: ${String(answer?.detail ?? answer?.title ?? 'no detail')}`
}

function codesOf(answer: Answer | undefined): Map<number, string> {
  const codes = new Map<number, string>()
  if (typeof answer?.code === 'string' && !answer.errors) codes.set(0, answer.code)
  for (const { index, code } of answer?.errors ?? []) {
    if (typeof index === 'number' && typeof code === 'string') codes.set(index, code)
  }
  return codes
}
