import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BeaconEvent } from '../../../src/core/event.ts'
import type { EventsRequest } from '../../../src/core/history.ts'
import { currentItem } from '../../../src/tui/event/event-list.ts'
import { countLog, isGap, keyOf } from '../../../src/tui/event/event-log.ts'
import { type FeedState, feedInit } from '../../../src/tui/feed/feed-state.ts'
import { feedView } from '../../../src/tui/feed/feed-view.ts'
import { type Effect, type Model, makeModel } from '../../../src/tui/model.ts'
import { makePaint } from '../../../src/tui/paint.ts'
import { addFrame } from '../../../src/tui/picture.ts'
import type { ViewMessage } from '../../../src/tui/view-spec.ts'
import { answerEvents, frameOf, makeEvent } from '../event/fake-historian.ts'
import { start_ms } from '../frames.ts'

const size = { columns: 120, rows: 24 }
const plain = makePaint({ color: false, theme: 'mono', ascii: false })

/** The feed on a stream of events, with a historian that answers at once unless it is told to wait. */
class Feed {
  model: Model = makeModel({ columns: 120, rows: 30, now_ms: 0, wall_ms: start_ms, place: { view: 'feed' } })
  state: FeedState = feedInit
  events: BeaconEvent[]
  asked: EventsRequest[] = []
  done: Effect[] = []
  answers: 'at once' | 'never' | 'with an error' = 'at once'
  looked_max = Number.POSITIVE_INFINITY
  #seq = 0

  constructor(events: BeaconEvent[]) {
    this.events = events
  }

  send(message: ViewMessage): void {
    const [state, effects] = feedView.update(this.model, this.state, message, size)
    this.state = state
    for (const effect of effects) {
      if (effect.type !== 'ask' || effect.ask.what !== 'events') this.done.push(effect)
      else {
        const { id, request } = effect.ask
        this.asked.push(request)
        if (this.answers === 'never') continue
        const known = this.events.filter(({ seq }) => seq <= this.#seq)
        this.send({
          type: 'answer',
          id,
          answer:
            this.answers === 'at once'
              ? { ok: true, value: answerEvents(known, request, this.looked_max) }
              : { ok: false, error: 'no historian answers' },
        })
      }
    }
  }

  /** A frame with the events up to this one, of which it shows so many. */
  frame(until: number, shown = 200, view = 'v'): void {
    const frame = { ...frameOf(this.events, this.#seq, until, shown, view), tag: this.#tag() }
    this.#seq = until
    this.model = { ...this.model, live: addFrame(this.model.live, frame, 0) }
    this.send({ type: 'frame', frame })
  }

  /** The events up to this one go by while the feed is not told. */
  miss(until: number): void {
    this.#seq = until
  }

  press(...actions: string[]): void {
    for (const action of actions) this.send({ type: 'action', action })
  }

  get selected(): number | null {
    const { list } = this.state.browser.reader
    const item = currentItem(list)
    return list.following || !item ? null : keyOf(item)
  }

  get seqs(): number[] {
    return this.state.browser.reader.list.log.items.flatMap((item) => (isGap(item) ? [] : [item.seq]))
  }

  get text(): string {
    return feedView.lines(this.model, this.state, size, plain).join('\n')
  }

  #tag = (): string | null => feedView.query(this.model, this.state, size).tag ?? null
}

const stream = (count: number, change: (seq: number) => Partial<BeaconEvent> = () => ({})): BeaconEvent[] =>
  Array.from({ length: count }, (_, i) => makeEvent(i + 1, change(i + 1)))

function feedOf(events: BeaconEvent[], until: number): Feed {
  const feed = new Feed(events)
  feed.miss(until)
  const frame = frameOf(events, until, until, 0)
  feed.model = { ...feed.model, live: addFrame(null, frame, 0) }
  feed.send({ type: 'entered' })
  return feed
}

test('it begins with the last events there were, and goes on with those that come', () => {
  const feed = feedOf(stream(1_000), 900)
  expect(feed.seqs).toEqual(Array.from({ length: 500 }, (_, i) => 401 + i))
  feed.frame(930)
  expect(feed.seqs.at(-1)).toBe(930)
  expect(countLog(feed.state.browser.reader.list.log)).toEqual({ held: 530, hidden: 0 })
  expect(feed.text).toContain('following')
})

test('what frames do not show is counted, stands between the rows, and enter brings it', () => {
  const feed = feedOf(stream(2_000), 100)
  feed.frame(1_000, 40)
  feed.frame(1_001, 40)
  expect(feed.text).toContain('860 went by unseen')
  feed.press('up')
  for (let i = 0; i < 41; i++) feed.press('up')
  expect(feed.text).toContain('860 not shown  enter loads them')
  feed.press('open')
  expect(feed.text).toContain('360 not shown')
  feed.press('open')
  expect(feed.text).not.toContain('not shown')
  expect(feed.seqs).toEqual(Array.from({ length: 1_001 }, (_, i) => i + 1))
})

test('scrolled up nothing moves, N new counts what came, and G follows again', () => {
  const feed = feedOf(stream(3_000), 500)
  feed.frame(600)
  feed.press('up', 'up', 'up')
  const before = feed.text.split('\n').slice(0, -1)
  feed.frame(1_500, 30)
  feed.frame(1_804, 30)
  expect(feed.text.split('\n').slice(0, -1)).toEqual(before)
  expect(feed.text).toContain('1,204 new')
  feed.press('last')
  expect(feed.text).toContain('following')
  expect(feed.text.split('\n').at(-2)).toContain(' running ')
  expect(feed.seqs.at(-1)).toBe(1_804)
})

test('up to the top, older events come without a gap or a repeat until there are none', () => {
  const feed = feedOf(stream(1_700), 1_700)
  for (let i = 0; i < 200; i++) feed.press('page_up')
  expect(feed.seqs).toEqual(Array.from({ length: 1_700 }, (_, i) => i + 1))
  expect(feed.selected).toBe(1)
  const asked = feed.asked.length
  feed.press('page_up')
  expect(feed.asked.length).toBe(asked)
})

test('frames of the query before are not taken for ours', () => {
  const feed = feedOf(stream(100), 50)
  const frame = { ...frameOf(feed.events, 50, 60, 5), tag: null }
  feed.send({ type: 'frame', frame })
  expect(feed.seqs.at(-1)).toBe(50)
})

test('events that nobody told of are a gap that heals by itself', () => {
  const feed = feedOf(stream(1_000), 100)
  feed.frame(110)
  feed.miss(300)
  feed.frame(310, 200, 'another view')
  expect(feed.text).toContain('up to 190 not shown')
  feed.send({ type: 'tick' })
  expect(feed.text).not.toContain('not shown')
  expect(feed.seqs).toEqual(Array.from({ length: 310 }, (_, i) => i + 1))
})

test('a historian that does not answer is said calmly; live events go on', () => {
  const feed = new Feed(stream(100))
  feed.answers = 'with an error'
  feed.send({ type: 'entered' })
  feed.frame(20)
  feed.send({ type: 'tick' })
  expect(feed.text).toContain('no older events: no historian answers')
  expect(feed.seqs.length).toBe(20)
})

test('enter opens the JSON of the event, up and down change it, back closes it before anything else', () => {
  const feed = feedOf(
    stream(100, (seq) => ({ metadata: { at: seq }, agent_seq: seq })),
    100,
  )
  feed.press('up', 'open')
  expect(feed.text).toContain('event #100')
  expect(feed.text).toContain('"seq": 100')
  feed.press('up')
  expect(feed.text).toContain('"seq": 99')
  feed.press('copy_event')
  expect(feed.done).toContainEqual({ type: 'copy', text: JSON.stringify(feed.events[98]) })
  feed.press('back')
  expect(feed.text).not.toContain('"seq"')
  const { state } = feed
  feed.press('back')
  expect(feed.state).toBe(state)
})

test('a is the agent of the event', () => {
  const feed = feedOf(stream(100), 100)
  feed.press('up', 'up', 'agent')
  expect(feed.done).toContainEqual({ type: 'open', place: { view: 'agent', agent: 'agent-1' } })
})

test('a filter about events applies, one about agents says that it does not', () => {
  const feed = new Feed(stream(100, (seq) => ({ status: seq % 10 === 0 ? 'error' : 'running' })))
  feed.model = { ...feed.model, place: { ...feed.model.place, where: 'status:error' } }
  feed.miss(100)
  feed.send({ type: 'entered' })
  expect(feed.seqs).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
  expect(feedView.query(feed.model, feed.state, size)).toMatchObject({ newest_where: 'status:error' })
  feed.model = { ...feed.model, place: { ...feed.model.place, where: 'health:late' } }
  feed.send({ type: 'entered' })
  expect(feed.seqs.length).toBe(100)
  expect(feedView.query(feed.model, feed.state, size).newest_where).toBeUndefined()
  expect(feed.text).toContain('the filter is about agents and does not apply here')
})

const marked = fc.uniqueArray(fc.integer({ min: 1, max: 1_600 }), { minLength: 1, maxLength: 12 })

test('N walks back over every match there ever was, and n forward again', () => {
  fc.assert(
    fc.property(marked, fc.integer({ min: 1, max: 200 }), (places, shown) => {
      const wanted = places.sort((a, b) => a - b)
      const events = stream(1_600, (seq) => (wanted.includes(seq) ? { metadata: { note: 'a Needle' } } : {}))
      const feed = feedOf(events, 600)
      feed.frame(1_300, shown)
      feed.frame(1_600, shown)
      feed.send({ type: 'search', text: 'needle' })
      const back: (number | null)[] = []
      for (let i = 0; i < wanted.length; i++) {
        feed.press('previous_match')
        back.push(feed.selected)
      }
      expect(back).toEqual(wanted.toReversed())
      const forward: (number | null)[] = [feed.selected]
      for (let i = 1; i < wanted.length; i++) {
        feed.press('next_match')
        forward.push(feed.selected)
      }
      expect(forward).toEqual(wanted)
    }),
    { numRuns: 15 },
  )
})

test('E walks back over every error, and e forward, however little the historian looks at in one go', () => {
  fc.assert(
    fc.property(marked, fc.integer({ min: 1, max: 200 }), (places, shown) => {
      const wanted = places.sort((a, b) => a - b)
      const events = stream(1_600, (seq) => (wanted.includes(seq) ? { status: 'FAILED' } : {}))
      const feed = feedOf(events, 600)
      feed.looked_max = 700
      feed.frame(1_300, shown)
      feed.frame(1_600, shown)
      const back: (number | null)[] = []
      for (let i = 0; i < wanted.length; i++) {
        feed.press('previous_error')
        back.push(feed.selected)
      }
      expect(back).toEqual(wanted.toReversed())
      const forward: (number | null)[] = [feed.selected]
      for (let i = 1; i < wanted.length; i++) {
        feed.press('next_error')
        forward.push(feed.selected)
      }
      expect(forward).toEqual(wanted)
      feed.press('next_error')
      expect(feed.done.at(-1)).toMatchObject({ type: 'notice', text: 'no later error' })
    }),
    { numRuns: 15 },
  )
})

test('a search that finds nothing in many events rests, says how far it came, and goes on from there', () => {
  const feed = feedOf(
    stream(21_000, (seq) => (seq === 3 ? { status: 'needle' } : {})),
    45_000,
  )
  feed.send({ type: 'search', text: 'needle' })
  feed.press('previous_match')
  expect(feed.done.at(-1)).toMatchObject({
    type: 'notice',
    text: 'no match as far as #501; N goes on from there',
  })
  expect(feed.state.browser.reader.list.log.items.length).toBeLessThanOrEqual(10_000)
  feed.press('previous_match')
  expect(feed.selected).toBe(3)
})

test('what is searched for is highlighted in every row, and its matches are counted', () => {
  const feed = feedOf(
    stream(100, (seq) => (seq % 4 === 0 ? { metadata: { error: 'Timeout 503' } } : {})),
    100,
  )
  feed.send({ type: 'search', text: '/time.?out/' })
  expect(feed.text).toContain('25 matches of /time.?out/')
  const painted = feedView.lines(
    feed.model,
    feed.state,
    size,
    makePaint({ color: true, theme: 'dark', ascii: false }),
  )
  const { match } = makePaint({ color: true, theme: 'dark', ascii: false })
  expect(painted.filter((line) => line.includes(match('Timeout'))).length).toBeGreaterThan(4)
  feed.send({ type: 'search', text: '/(/' })
  expect(feed.done.at(-1)).toMatchObject({ bad: true })
})

test('a search that the historian does not answer ends, and asks once', () => {
  const feed = feedOf(stream(2_000), 2_000)
  feed.answers = 'with an error'
  feed.send({ type: 'search', text: 'needle' })
  const asked = feed.asked.length
  feed.press('previous_match')
  expect(feed.asked.length).toBe(asked + 1)
  expect(feed.done.at(-1)).toEqual({ type: 'notice', text: 'no historian answers', bad: true })
  expect(feed.state.seek).toBeNull()
})

test('the wheel scrolls and stops following, a click selects, a second one opens', () => {
  const feed = feedOf(stream(100), 100)
  const mouse = (kind: 'click' | 'up' | 'down', row = 5): void =>
    feed.send({ type: 'mouse', mouse: { kind, row, column: 3 } })
  const shown = (): string[] => feed.text.split('\n')
  const before = shown()
  mouse('up')
  expect(feed.state.browser.reader.list.following).toBe(false)
  expect(shown()[4]).toBe(before[1])
  mouse('down')
  expect(feed.text).toContain('following')
  const clicked = shown()[5]?.slice(2)
  mouse('click')
  expect(shown()[5]).toBe(`▌ ${clicked}`)
  expect(feed.text).not.toContain('event #')
  mouse('click')
  expect(feed.text).toContain(`event #${feed.selected}`)
})

test('b goes from a claim to its bar, whether the event is open or not; from another event it says why not', () => {
  const window_id = 'f'.repeat(32)
  const feed = feedOf(
    stream(20, (seq) => (seq === 20 ? { kind: 'claim', metadata: { window_id, beat_index: 7 } } : {})),
    20,
  )
  const toBar = { type: 'open', place: { view: 'bars', where: '', window: window_id } }
  feed.press('up', 'bar_of_event')
  expect(feed.done.at(-1)).toEqual(toBar)
  expect(feed.text).not.toContain('event #20')
  feed.press('open', 'bar_of_event')
  expect(feed.done.at(-1)).toEqual(toBar)
  feed.press('up', 'bar_of_event')
  expect(feed.done.at(-1)).toEqual({ type: 'notice', text: 'only a claim belongs to a bar' })
  feed.answers = 'with an error'
  feed.press('up', 'back', 'bar_of_event')
  expect(feed.done.at(-1)).toMatchObject({ text: 'no bar: no historian answers', bad: true })
})

test('in the past it shows what there was up to the moment, and no live events', () => {
  const feed = feedOf(stream(1_000), 900)
  const shown = { ...addFrame(null, frameOf(feed.events, 400, 400, 0), 0), seq: 400 }
  const travel = { target: { seq: 400 }, shown, loading: false, error: null, range: null }
  feed.model = { ...feed.model, travel: { ...travel, window: { from_ms: 0, to_ms: 1 }, trail: 0 } }
  feed.send({ type: 'entered' })
  expect(feed.seqs).toEqual(Array.from({ length: 400 }, (_, i) => i + 1))
  expect(feed.text).toContain('up to ')
  feed.model = { ...feed.model, travel: null }
  feed.send({ type: 'entered' })
  expect(feed.seqs.at(-1)).toBe(900)
})
