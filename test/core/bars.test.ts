import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stateMask } from '../../src/core/bar-entry.ts'
import {
  type Bars,
  type ClaimFacts,
  foldClaim,
  makeBars,
  noteReport,
  toOpenBar,
} from '../../src/core/bars.ts'
import { type ClaimState, claimStates } from '../../src/core/status-claim.ts'
import { type ClaimItem, claimHistories, reportOf, windowOf } from './claim-histories.ts'
import { naiveBars } from './naive-bars.ts'

const barsOf = (items: ClaimItem[], bars: Bars = makeBars()): Bars => {
  for (const item of items)
    if (item.claim) foldClaim(bars, item.agent, item.claim)
    else noteReport(bars, item.report)
  return bars
}

const claim = (bar: number, over: Partial<ClaimFacts> = {}): ClaimFacts => ({
  ...windowOf(bar),
  state: 'executing',
  task: '',
  progress: 0,
  on_time: true,
  late: false,
  ...over,
})
const claims = (...list: [agent: number, claim: ClaimFacts][]): Bars =>
  barsOf(list.map(([agent, each]) => ({ agent, claim: each })))
const firstBar = (bars: Bars) => toOpenBar(bars, bars.open[0]!)
const openBars = ({ open }: Bars): number[] => open.map(({ from_beat }) => from_beat / 8)

test('each open bar is as a fold written for reading has it', () => {
  fc.assert(
    fc.property(claimHistories(), (history) => {
      const bars = barsOf(history)
      const naive = naiveBars(history)
      expect(bars.open.map(({ window_id }) => window_id)).toEqual(naive.map(({ window_id }) => window_id))
      for (const [i, bar] of bars.open.entries()) {
        const { agents, failed_tasks, report, ...open } = naive[i]!
        expect(toOpenBar(bars, bar)).toEqual(open)
        expect(bar).toMatchObject({ failed_tasks, report })
        const states = Array.from(bar.entries.subarray(0, 6), (entry) => claimStates[(entry & stateMask) - 1])
        expect(states).toEqual(Array.from({ length: 6 }, (_, agent) => agents.get(agent)))
      }
    }),
    { numRuns: 500 },
  )
})

test('an agent counts once, with its last state, whatever it claims', () => {
  const bars = claims([0, claim(5)], [0, claim(5, { state: 'blocked' })], [1, claim(5)], [0, claim(5)])
  expect(firstBar(bars)).toMatchObject({ agents_reporting: 2, claims: 4, states: [['executing', 2]] })
})

test.each<[words: string, list: Partial<ClaimFacts>[], reviews: number]>([
  ['completed in time', [{ state: 'completed' }], 1],
  ['completed twice', [{ state: 'completed' }, { state: 'completed', task: 'b' }], 1],
  ['completed too late', [{ state: 'completed', on_time: false }], 0],
  ['reviewed to the end', [{ state: 'reviewing', progress: 1 }], 1],
  ['reviewing still', [{ state: 'reviewing', progress: 0.99 }], 0],
  ['executed to the end', [{ state: 'executing', progress: 1 }], 0],
  ['completed in time, then at work again', [{ state: 'completed' }, { state: 'planning' }], 1],
])('%s: on-time reviews', (_words, list, reviews) => {
  const bars = claims(...list.map((over): [number, ClaimFacts] => [0, claim(5, over)]))
  expect(firstBar(bars).on_time_reviews).toBe(reviews)
})

const help = (state: ClaimState, task = 'task:1', agent = 0): [number, ClaimFacts] => [
  agent,
  claim(5, { state, task }),
]
test.each<[words: string, list: [number, ClaimFacts][], kept: number]>([
  ['promised and kept', [help('helping'), help('completed')], 1],
  [
    'promised three times and kept',
    [help('helping'), help('helping'), help('helping'), help('completed')],
    1,
  ],
  ['kept twice for one promise', [help('helping'), help('completed'), help('completed')], 1],
  ['promised again after it was kept', [...[1, 2].flatMap(() => [help('helping'), help('completed')])], 2],
  [
    'other work between',
    [help('helping'), help('executing', 'b'), help('failed', 'b'), help('completed')],
    1,
  ],
  ['completed before', [help('completed'), help('helping')], 0],
  ['another task completed', [help('helping'), help('completed', 'task:2')], 0],
  ['another agent completed', [help('helping'), help('completed', 'task:1', 1)], 0],
  ['no task named', [help('helping', ''), help('completed', '')], 1],
])('%s: promises fulfilled', (_words, list, kept) => {
  expect(firstBar(claims(...list)).help_promises_fulfilled).toBe(kept)
})

test('a promise is kept in its own bar or not at all', () => {
  const bars = claims(
    [0, claim(5, { state: 'helping' })],
    [0, claim(6, { state: 'completed' })],
    [0, claim(5, { state: 'completed', late: true })],
  )
  expect(bars.open.map((bar) => bar.help_promises_fulfilled)).toEqual([1, 0])
})

test('an agent that names one task after the other does not fill the memory', () => {
  const bars = makeBars()
  for (let i = 0; i < 10_000; i++)
    for (const state of ['helping', 'failed'] as const) foldClaim(bars, 7, claim(5, { state, task: `t${i}` }))
  const { promised = [], failed = [] } = bars.open[0]?.tasks.get(7) ?? {}
  expect([promised.length, failed.length, promised.at(-1)]).toEqual([16, 16, 't9999'])
  expect(bars.open[0]?.failed_tasks).toBe(10_000)
})

test('at most four bars are open, whether claims or reports open them', () => {
  const bars = makeBars()
  for (let bar = 5; bar < 60; bar++) {
    if (bar % 2) foldClaim(bars, 0, claim(bar))
    else noteReport(bars, reportOf(bar))
    expect(openBars(bars)).toEqual([bar - 3, bar - 2, bar - 1, bar].filter((each) => each >= 5))
  }
})

test('a straggler changes nothing', () => {
  const bars = claims([0, claim(50)], [0, claim(47)])
  for (let bar = 34; bar < 47; bar++) {
    foldClaim(bars, 1, claim(bar))
    noteReport(bars, reportOf(bar))
  }
  expect(openBars(bars)).toEqual([47, 50])
  expect(bars.open.map(({ agents_reporting }) => agents_reporting)).toEqual([1, 1])
})

test('when the count of beats begins again, its bars are folded from the first claim on', () => {
  const bars = claims([0, claim(50)], [1, claim(49)], [0, claim(0)])
  expect(openBars(bars)).toEqual([0])
  expect(firstBar(bars)).toMatchObject({ agents_reporting: 1, agents_expected: 0 })
})

test.each([
  ['of another cluster', { window_id: 'f'.repeat(32) }],
  ['of another length', { from_beat: 400, to_beat: 411, window_id: 'f'.repeat(32) }],
])('a window %s ends those that were open', (_words, window) => {
  const bars = claims([0, claim(50)], [1, claim(49)], [2, claim(50, window)])
  expect(bars.open.map(({ window_id }) => window_id)).toEqual([window.window_id])
})

test('of equal revisions the first report counts, and an older one never replaces a newer', () => {
  const bars = makeBars()
  for (const [i, revision] of [1, 0, 1].entries())
    noteReport(bars, reportOf(5, { revision, agents_reporting: 10 + i }))
  expect(bars.open[0]).toMatchObject({ revision: 1, report: { agents_reporting: 10 } })
})

test('those who reported in the bar before are expected', () => {
  const bars = claims([0, claim(5)], [1, claim(5)], [0, claim(6)], [0, claim(8)])
  expect(bars.open.map((bar) => toOpenBar(bars, bar).agents_expected)).toEqual([0, 2, 0])
})

test('agents of high numbers count as those of low ones', () => {
  const bars = claims([100_000, claim(5)], [1_024, claim(5)], [1_023, claim(5)], [100_000, claim(5)])
  expect(firstBar(bars)).toMatchObject({ agents_reporting: 3, states: [['executing', 3]] })
})
