// The feed: events as they come, the newest at the bottom like a log; the past by scrolling up.

import {
  browse,
  browseAnswer,
  browseMouse,
  browserKeys,
  closePanel,
  type EventBrowser,
  type Frame,
  heal,
} from '../event/event-browser.ts'
import { currentEvent } from '../event/event-list.ts'
import { panelRows } from '../event/event-panel.ts'
import { enter, hear, newestQuery, type Scope } from '../event/event-reader.ts'
import { toSearch } from '../event/event-search.ts'
import type { KeyBinding } from '../keys.ts'
import type { Effect, Model } from '../model.ts'
import type { Size, ViewSpec, ViewStep } from '../view-spec.ts'
import { toFeedFilter } from './feed-filter.ts'
import { feedLines, feedNote, feet, heads } from './feed-lines.ts'
import type { FeedState } from './feed-state.ts'
import { goOn, receiveError, type SeekStep, startSeek } from './seek.ts'

const keys: readonly KeyBinding[] = [
  { action: 'agent', keys: ['a'], label: 'a', help: 'open the agent of the event', footer: 'agent' },
  {
    action: 'previous_error',
    keys: ['E'],
    label: 'E e',
    help: 'the error before, and the next',
    footer: 'error',
  },
  { action: 'next_error', keys: ['e'], label: '' },
  { action: 'previous_match', keys: ['N'], label: 'N n', help: 'the match before, and the next' },
  { action: 'next_match', keys: ['n'], label: '' },
  ...browserKeys,
]

export const feedView: ViewSpec<'feed'> = {
  name: 'feed',
  title: 'feed',
  help: 'events as they come; scroll up to stop following',
  keys,
  searches: true,
  query: ({ place }) => newestQuery(toScope(place.where)),
  lines: feedLines,
  note: (_model, state) => feedNote(state),
  selected: (_model, { browser }) => currentEvent(browser.reader.list)?.agent ?? null,
  update(model, state, message, size) {
    const { browser } = state
    switch (message.type) {
      case 'entered':
        return entered(model, state)
      case 'frame':
        return withBrowser(state, [{ ...browser, reader: hear(browser.reader, model, message.frame) }, []])
      case 'tick':
        return withBrowser(state, heal(browser, frameOf(size)))
      case 'answer': {
        const [answered, effects] = withBrowser(state, browseAnswer(browser, message.id, message.answer))
        const { reader } = answered.browser
        const height = listRows(answered.browser.panel, size)
        const seeking = { reader, seek: answered.seek }
        const asked = receiveError(seeking, message.id, message.answer, answered.search, height)
        const [next, more] = withSeek(answered, asked)
        const [last, rest] = withSeek(
          next,
          goOn({ reader: next.browser.reader, seek: next.seek }, next.search, height),
        )
        return [last, [...effects, ...more, ...rest]]
      }
      case 'search':
        return search(state, message.text)
      case 'mouse':
        return withBrowser(still(state), browseMouse(browser, message.mouse, frameOf(size)))
      case 'action':
        return act(state, message.action, size)
      default:
        return [state, []]
    }
  },
}

function act(state: FeedState, action: string, size: Size): ViewStep<FeedState> {
  const { browser, search: searched } = state
  switch (action) {
    case 'agent': {
      const event = currentEvent(browser.reader.list)
      return [state, event ? [{ type: 'open', place: { view: 'agent', agent: event.agent } }] : []]
    }
    case 'previous_error':
    case 'next_error':
      return seek(state, 'error', action === 'next_error' ? 1 : -1, size)
    case 'previous_match':
    case 'next_match':
      if (searched) return seek(state, 'match', action === 'next_match' ? 1 : -1, size)
      return [state, [{ type: 'notice', text: 'nothing is searched for: ctrl-f' }]]
    case 'back':
      return [close(state), []]
    default:
      return withBrowser(still(state), browse(browser, action, frameOf(size)) ?? [browser, []])
  }
}

const toScope = (filter: string): Scope => ({ agent: null, where: toFeedFilter(filter).where })

/** What is open, or looked for; the same state when nothing is. */
function close(state: FeedState): FeedState {
  const browser = closePanel(state.browser)
  if (browser) return { ...state, browser }
  return state.search || state.seek ? { ...state, search: null, seek: null } : state
}

function entered(model: Model, state: FeedState): ViewStep<FeedState> {
  const { browser } = state
  // What went by while nobody looked is not followed: the list begins anew at the end.
  const reader = browser.reader.list.following ? { ...browser.reader, key: null } : browser.reader
  const [next, effects] = enter(reader, 'feed', model, toScope(model.place.where))
  const panel = next.key === browser.reader.key ? browser.panel : null
  return [{ ...state, seek: null, browser: { reader: next, panel } }, effects]
}

function search(state: FeedState, text: string): ViewStep<FeedState> {
  if (text === '') return [{ ...state, search: null, seek: null }, []]
  if (text === state.search?.text) return [state, []]
  const found = toSearch(text)
  if (found) return [{ ...state, search: found, seek: null }, []]
  return [
    { ...state, search: null, seek: null },
    [{ type: 'notice', text: 'not a regular expression', bad: true }],
  ]
}

function seek(state: FeedState, by: 'match' | 'error', direction: 1 | -1, size: Size): ViewStep<FeedState> {
  const { browser } = state
  const height = listRows(browser.panel, size)
  return withSeek(
    state,
    startSeek({ reader: browser.reader, seek: state.seek }, by, direction, state.search, height),
  )
}

const listRows = (panel: EventBrowser['panel'], size: Size): number =>
  Math.max(0, size.rows - heads - feet - panelRows(panel, size))

const frameOf = (size: Size): Frame => ({
  view: 'feed',
  size,
  top: heads,
  rows: (panel) => listRows(panel, size),
})

/** Whoever moves does not want to be carried elsewhere. */
const still = (state: FeedState): FeedState => (state.seek ? { ...state, seek: null } : state)

const withBrowser = (
  state: FeedState,
  [browser, effects]: readonly [EventBrowser, Effect[]],
): readonly [FeedState, Effect[]] => [browser === state.browser ? state : { ...state, browser }, effects]

const withSeek = (
  state: FeedState,
  [{ reader, seek: sought }, effects]: SeekStep,
): readonly [FeedState, Effect[]] =>
  reader === state.browser.reader && sought === state.seek
    ? [state, effects]
    : [{ ...state, seek: sought, browser: { ...state.browser, reader } }, effects]
