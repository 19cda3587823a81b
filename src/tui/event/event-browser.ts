// A list of events with its cursor, its past and the panel of one event: what the feed and the agent view have in common.

import type { KeyBinding } from '../keys.ts'
import type { Answer, Effect, Mouse } from '../model.ts'
import type { ViewName } from '../view-names.ts'
import type { Size } from '../view-spec.ts'
import {
  currentEvent,
  currentItem,
  follow,
  moveBy,
  revealKey,
  scrollBy,
  selectKey,
  toOldest,
  windowOf,
} from './event-list.ts'
import { isGap, keyOf } from './event-log.ts'
import { type EventPanel, openEvent, panelRows, receiveEvent, scrollPanel, wantEvent } from './event-panel.ts'
import { type EventReader, loadGap, loadOlder, readerInit, receive, send } from './event-reader.ts'

export type EventBrowser = { reader: EventReader; panel: EventPanel | null }

export const browserInit: EventBrowser = { reader: readerInit, panel: null }

export type BrowserStep = readonly [EventBrowser, Effect[]]

/** Where the list is drawn. */
export type Frame = {
  view: ViewName
  size: Size
  /** First row of the list within the view, and its rows while this panel is open. */
  top: number
  rows(panel: EventPanel | null): number
}

export const browserKeys: readonly KeyBinding[] = [
  { action: 'copy_event', keys: ['y'], label: 'y', help: 'copy the event as a line of JSON' },
  { action: 'bar_of_event', keys: ['b'], label: 'b', help: 'the report of the bar that a claim belongs to' },
]

/** A page less a line, which stays to be recognized. */
const overlap = 1
const wheel_rows = 3
/** Narrower than that and not counted, a gap is filled without being asked for. */
const heal_seqs = 1_000

/** Null when the action is none of a list of events. */
export function browse(browser: EventBrowser, action: string, frame: Frame): BrowserStep | null {
  const { reader, panel } = browser
  const { list } = reader
  const height = heightOf(browser, frame)
  const page = Math.max(1, height - overlap)
  switch (action) {
    case 'down':
      return moved(browser, moveBy(list, 1, height), frame)
    case 'up':
      return moved(browser, moveBy(list, -1, height), frame)
    case 'page_down':
    case 'page_up': {
      const sign = action === 'page_down' ? 1 : -1
      if (panel?.open) {
        const step = Math.max(1, panelRows(panel, frame.size) - 1 - overlap)
        return [{ ...browser, panel: scrollPanel(panel, sign * step, frame.size) }, []]
      }
      return moved(browser, moveBy(list, sign * page, height), frame)
    }
    case 'first':
      return moved(browser, toOldest(list, height), frame)
    case 'last':
      return toEnd(browser, frame)
    case 'open':
      return open(browser, frame)
    case 'copy_event':
    case 'bar_of_event': {
      const seq = panel?.open ? panel.seq : (currentEvent(list)?.seq ?? null)
      if (seq === null) return [browser, []]
      const use = action === 'copy_event' ? 'copy' : 'bar'
      const [next, effects] = wantEvent(panel, frame.view, seq, use)
      return [{ ...browser, panel: next }, effects]
    }
    default:
      return null
  }
}

/** Closes the panel; null when none is open. */
export const closePanel = (browser: EventBrowser): EventBrowser | null =>
  browser.panel?.open ? { ...browser, panel: null } : null

/** Opens an event wherever it stands; the cursor goes there when it is in the list. */
export function openSeq(browser: EventBrowser, seq: number, frame: Frame): BrowserStep {
  const [panel, effects] = openEvent(frame.view, seq)
  const { reader } = browser
  const held = reader.list.log.items.some((item) => keyOf(item) === seq)
  const list = held ? revealKey(reader.list, seq, frame.rows(panel)) : reader.list
  return [{ reader: { ...reader, list }, panel }, effects]
}

export function browseMouse(browser: EventBrowser, mouse: Mouse, frame: Frame): BrowserStep {
  const { reader, panel } = browser
  const height = heightOf(browser, frame)
  const row = mouse.row - frame.top
  if (mouse.kind !== 'click') {
    const step = mouse.kind === 'up' ? -wheel_rows : wheel_rows
    if (panel?.open && (row >= height || row < 0))
      return [{ ...browser, panel: scrollPanel(panel, step, frame.size) }, []]
    return moved(browser, scrollBy(reader.list, step, height), frame)
  }
  const { items, from, to } = windowOf(reader.list, height)
  const item = row < 0 || row >= height || from + row >= to ? undefined : items[from + row]
  if (!item) return [browser, []]
  const again = !reader.list.following && reader.list.selected === keyOf(item)
  return again ? open(browser, frame) : moved(browser, selectKey(reader.list, keyOf(item), height), frame)
}

export function browseAnswer(browser: EventBrowser, id: string, answer: Answer): BrowserStep {
  const [panel, effects] = receiveEvent(browser.panel, id, answer)
  const reader = receive(browser.reader, id, answer)
  return panel === browser.panel && reader === browser.reader ? [browser, []] : [{ reader, panel }, effects]
}

/** Fills the window, and small gaps that nobody has counted: those of a pause, a reconnect or another view. */
export function heal(browser: EventBrowser, frame: Frame): BrowserStep {
  const { reader } = browser
  if (reader.load || reader.error !== null) return [browser, []]
  const { items } = reader.list.log
  const gap = items.findLast((item) => isGap(item) && item.count === null)
  const [next, effects] =
    gap && isGap(gap) && gap.to_seq - gap.from_seq < heal_seqs
      ? loadGap(reader, frame.view, gap, heal_seqs)
      : items.length < heightOf(browser, frame)
        ? loadOlder(reader, frame.view)
        : [reader, []]
  return next === reader ? [browser, []] : [{ ...browser, reader: next }, effects]
}

const heightOf = ({ panel }: EventBrowser, frame: Frame): number => frame.rows(panel)

/** The panel shows the event under the cursor; near the top, older events are asked for before they are needed. */
function moved(browser: EventBrowser, list: EventReader['list'], frame: Frame): BrowserStep {
  let reader: EventReader = { ...browser.reader, list }
  let { panel } = browser
  const effects: Effect[] = []
  const event = list.following ? null : currentEvent(list)
  if (panel?.open && event && event.seq !== panel.seq) {
    const [opened, asked] = openEvent(frame.view, event.seq)
    panel = opened
    effects.push(...asked)
  }
  const height = frame.rows(panel)
  if (!list.following && windowOf(list, height).from < height) {
    const [older, asked] = loadOlder(reader, frame.view)
    reader = older
    effects.push(...asked)
  }
  return [{ reader, panel }, effects]
}

/** Follows again; when the newest events are not held, they are asked for. */
function toEnd(browser: EventBrowser, { view }: Frame): BrowserStep {
  const reader = { ...browser.reader, list: follow(browser.reader.list) }
  const last = reader.list.log.items.at(-1)
  if (!last || !isGap(last) || reader.load) return [{ ...browser, reader }, []]
  const { from_seq, to_seq } = last
  const [asked, effects] = send(reader, view, { from_seq, to_seq, last: true, limit: 500 }, { kept: 'newer' })
  return [{ ...browser, reader: asked }, effects]
}

function open(browser: EventBrowser, frame: Frame): BrowserStep {
  const item = currentItem(browser.reader.list)
  if (!item) return [browser, []]
  if (isGap(item)) {
    const [reader, effects] = loadGap(browser.reader, frame.view, item)
    return [{ ...browser, reader }, effects]
  }
  const { panel } = browser
  return panel?.open && panel.seq === item.seq
    ? [{ ...browser, panel: null }, []]
    : openSeq(browser, item.seq, frame)
}
