// What the feed remembers.

import type { NewestRow } from '../../core/view.ts'

export type FeedState = { events: NewestRow[] }

export const feedInit: FeedState = { events: [] }
