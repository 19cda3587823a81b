// Goes to the next match or error, also where the feed holds nothing: then the historian is asked, step by step.

import type { EventsDocument } from '../../core/history.ts'
import type { NewestRow } from '../../core/view.ts'
import { currentItem, revealKey, selectKey } from '../event/event-list.ts'
import { indexOfKey, isGap, keyOf } from '../event/event-log.ts'
import { type EventReader, loadGap, loadOlder, type ReaderStep, send } from '../event/event-reader.ts'
import { errorsWhere, findFrom, isErrorRow, matchesSearch, type Search } from '../event/event-search.ts'
import { formatCount } from '../format.ts'
import type { Answer, Effect } from '../model.ts'

export type Seek = {
  by: 'match' | 'error'
  /** 1 is to newer events. */
  direction: 1 | -1
  /** All between the cursor and here is searched: up to this sequence (newer), or down to it (older). */
  at: number
  steps_left: number
  /** Key of the item under the cursor at the start. */
  origin: number | null
  /** It came far enough for one key press; the same key goes on. */
  resting: boolean
  /** Question to the historian for the next error. */
  id: string | null
  /** Found there; the events around it are on their way. */
  target: number | null
}

export type Seeking = { reader: EventReader; seek: Seek | null }
export type SeekStep = readonly [Seeking, Effect[]]

/** Steps of a thousand events, or of what the historian looks at in one go. */
const steps_max = 20
const step_events = 1_000
const context_events = 100

export function startSeek(
  { reader, seek: before }: Seeking,
  by: Seek['by'],
  direction: Seek['direction'],
  search: Search | null,
  height: number,
): SeekStep {
  const item = currentItem(reader.list)
  if (!item) return [{ reader, seek: null }, []]
  // Nothing is under the cursor while following: the newest event itself may be what is looked for.
  const key = keyOf(item) + (direction > 0 || reader.list.following ? 1 : 0)
  // Whoever looks back stands still: a list that follows forgets what is old.
  const list = reader.list.following ? selectKey(reader.list, keyOf(item), height) : reader.list
  const origin = list.selected
  const again =
    before?.resting && before.by === by && before.direction === direction && before.origin === origin
  const begun = { steps_left: steps_max, origin, resting: false, id: null, target: null }
  const seek: Seek = { ...begun, by, direction, at: again ? before.at : key }
  return goOn({ reader: { ...reader, list, error: null }, seek }, search, height)
}

/** As far as what is held goes; then asks. Called again when an answer came. */
export function goOn({ reader, seek }: Seeking, search: Search | null, height: number): SeekStep {
  if (!seek || seek.resting || seek.id !== null) return [{ reader, seek }, []]
  if (reader.error !== null)
    return [{ reader, seek: null }, [{ type: 'notice', text: reader.error, bad: true }]]
  const { items, from_seq } = reader.list.log
  if (seek.target !== null) {
    if (reader.load) return [{ reader, seek }, []]
    return [{ reader: found(reader, seek.target, height), seek: null }, []]
  }
  const { direction } = seek
  const wanted = seek.by === 'error' ? isErrorRow : (row: NewestRow) => !!search && matchesSearch(search, row)
  const item = findFrom(items, indexOfKey(items, seek.at) - (direction < 0 ? 1 : 0), direction, wanted)
  if (item && !isGap(item)) return [{ reader: found(reader, item.seq, height), seek: null }, []]
  if (!item && (direction > 0 || from_seq <= 0)) return nothing(reader, seek)
  const at = !item ? from_seq : direction > 0 ? item.from_seq : item.to_seq + 1
  const next = { ...seek, at }
  if (reader.load) return [{ reader, seek: next }, []]
  if (seek.steps_left === 0) return tired(reader, next)
  const counted = { ...next, steps_left: next.steps_left - 1 }
  if (seek.by === 'error') return askForError(reader, counted)
  const [loading, effects] = item
    ? direction > 0
      ? loadForward(reader, item.from_seq, item.to_seq)
      : loadGap(reader, 'feed', item, step_events)
    : loadOlder(reader, 'feed', step_events)
  return [{ reader: loading, seek: counted }, effects]
}

/** The historian's answer to where the next error is. */
export function receiveError(
  { reader, seek }: Seeking,
  id: string,
  answer: Answer,
  search: Search | null,
  height: number,
): SeekStep {
  if (!seek || seek.id !== id) return [{ reader, seek }, []]
  if (!answer.ok) return [{ reader, seek: null }, [{ type: 'notice', text: answer.error, bad: true }]]
  const { events, more, searched_seq } = answer.value as EventsDocument
  const seq = events[0]?.seq
  const asked: Seek = { ...seek, id: null }
  if (seq === undefined) {
    if (!more || searched_seq === null) return nothing(reader, seek)
    const at = seek.direction > 0 ? searched_seq + 1 : searched_seq
    if (seek.steps_left === 0) return tired(reader, { ...asked, at })
    return askForError(reader, { ...asked, at, steps_left: seek.steps_left - 1 })
  }
  const targeted: Seek = { ...asked, target: seq }
  const { items } = reader.list.log
  const at = items[indexOfKey(items, seq)]
  if ((at && !isGap(at) && at.seq === seq) || reader.load)
    return goOn({ reader, seek: targeted }, search, height)
  const [loading, effects] = send(reader, 'feed', { to_seq: seq, last: true, limit: context_events })
  return [{ reader: loading, seek: targeted }, effects]
}

function askForError(reader: EventReader, seek: Seek): SeekStep {
  const { agent, where } = reader.scope
  const bounds =
    seek.direction > 0
      ? { from_seq: seek.at, to_seq: reader.list.log.to_seq }
      : { to_seq: seek.at - 1, last: true }
  const request = {
    ...bounds,
    limit: 1,
    where: [where, errorsWhere].filter((term) => term !== '').join(' '),
    ...(agent === null ? {} : { agent }),
  }
  const id = `seek ${JSON.stringify([reader.key, request])}`
  return [
    { reader, seek: { ...seek, id } },
    [{ type: 'ask', ask: { view: 'feed', id, what: 'events', request } }],
  ]
}

const loadForward = (reader: EventReader, from_seq: number, to_seq: number): ReaderStep =>
  send(reader, 'feed', { from_seq, to_seq, limit: step_events }, { kept: 'newer' })

function found(reader: EventReader, seq: number, height: number): EventReader {
  return { ...reader, list: revealKey(reader.list, seq, height) }
}

const nothing = (reader: EventReader, { by, direction }: Seek): SeekStep => [
  { reader, seek: null },
  [{ type: 'notice', text: `no ${direction > 0 ? 'later' : 'earlier'} ${by}` }],
]

function tired(reader: EventReader, seek: Seek): SeekStep {
  const { by, direction, at } = seek
  const key = { match: ['N', 'n'], error: ['E', 'e'] }[by][direction > 0 ? 1 : 0]
  const text = `no ${by} as far as #${formatCount(at)}; ${key} goes on from there`
  return [{ reader, seek: { ...seek, id: null, resting: true } }, [{ type: 'notice', text }]]
}
