// What the bars view asks, and what it makes of the answers.

import type { BarsDocument, BarsRequest } from '../../core/bar-report.ts'
import type { PulseDocument } from '../../core/pulse-document.ts'
import { type Answer, type Effect, type Model, momentOf } from '../model.ts'
import type { ViewStep } from '../view-spec.ts'
import { addBars, addNewest, bars_max, until } from './bar-list.ts'
import type { BarsState } from './bars-state.ts'

type Step = ViewStep<BarsState>

const page_bars = 100
/** Revisions of the bars before the oldest one held may lie behind it in the stream. */
const overlap_bars = 3
/** What is missing is asked for at most so often. */
const again_ms = 3_000

/** Comes to the model's moment; of another one only what had been issued by then stays. */
export function enterMoment({ travel }: Model, state: BarsState): BarsState {
  const moment = JSON.stringify(travel?.target ?? null)
  const issue = 0
  if (moment === state.moment) return { ...state, issue: state.issue }
  const list = travel ? until(state.list, momentOf(travel)) : state.list
  return { ...state, list, moment, issue, asked: null, answered: false, error: null, revised: [] }
}

export function askNewest({ travel, now_ms }: Model, state: BarsState): Step {
  if (state.asked !== null) return [state, []]
  const target = travel?.target
  const upTo: BarsRequest = !target
    ? {}
    : 'seq' in target
      ? { to_seq: target.seq }
      : { until_ms: target.at_ms }
  return ask({ ...state, asked_ms: now_ms }, 'newest', { ...upTo, limit: page_bars })
}

/** Older bars than those held; nothing when there are none, or while something is on its way. */
export function askOlder(state: BarsState): Step {
  const { bars, more } = state.list
  const from = bars[Math.min(overlap_bars, bars.length - 1)]
  if (state.asked !== null || !more || !from || bars.length >= bars_max) return [state, []]
  return ask(state, 'older', { to_seq: from.seq, limit: page_bars })
}

function ask(state: BarsState, what: 'newest' | 'older', request: BarsRequest): Step {
  const id = `${what} ${state.moment} ${JSON.stringify(request)}`
  return [{ ...state, asked: id }, [{ type: 'ask', ask: { view: 'bars', id, what: 'bars', request } }]]
}

const windowPrefix = 'window '

/** The report that is to be shown, when the list does not hold it. */
export function askWindow({ place }: Model, { list, single }: BarsState): Effect[] {
  const { window } = place
  const known = single?.window_id === window || list.bars.some(({ window_id }) => window_id === window)
  if (window === null || known) return []
  const id = windowPrefix + window
  return [{ type: 'ask', ask: { view: 'bars', id, what: 'bars', request: { window, limit: 1 } } }]
}

const pulseId = 'pulse'

/** Of the past nobody knows what the pulse said of itself. */
export const askPulse = ({ travel }: Model): Effect[] =>
  travel ? [] : [{ type: 'ask', ask: { view: 'bars', id: pulseId, what: 'pulse' } }]

/** The bar before the present one has no report here: its message was lost, or nobody has issued it. */
export function isBehind({ beat, now_ms }: Model, { list, asked_ms }: BarsState): boolean {
  const last = list.bars.at(-1)
  return (
    !!beat &&
    beat.from_beat > 0 &&
    (last?.to_beat ?? -1) < beat.from_beat - 1 &&
    now_ms - asked_ms >= again_ms
  )
}

export function receive(state: BarsState, id: string, answer: Answer): BarsState {
  if (id === pulseId) return { ...state, pulse: answer.ok ? (answer.value as PulseDocument) : null }
  if (id.startsWith(windowPrefix)) {
    const bar = answer.ok ? (answer.value as BarsDocument).bars.at(-1) : undefined
    if (!answer.ok) return { ...state, error: answer.error }
    return bar ? { ...state, single: bar } : { ...state, unreported: id.slice(windowPrefix.length) }
  }
  // An answer for another moment comes too late.
  if (id !== state.asked) return state
  if (!answer.ok) return { ...state, asked: null, error: answer.error }
  const { bars, more } = answer.value as BarsDocument
  const { list } = state
  const next = id.startsWith('older') ? { ...addBars(list, bars), more } : addNewest(list, bars, more)
  return { ...state, list: next, asked: null, answered: true, error: null }
}
