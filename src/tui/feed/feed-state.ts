// What the feed remembers.

import { browserInit, type EventBrowser } from '../event/event-browser.ts'
import type { Search } from '../event/event-search.ts'
import type { Seek } from './seek.ts'

export type FeedState = {
  browser: EventBrowser
  search: Search | null
  /** A match or an error that is being looked for beyond what is held. */
  seek: Seek | null
}

export const feedInit: FeedState = { browser: browserInit, search: null, seek: null }
