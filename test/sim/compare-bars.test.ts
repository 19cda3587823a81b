import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { barOf } from '../../src/core/beat.ts'
import { type BarBook, type ClaimKind, makeClaimLedger } from '../../src/sim/claim-ledger.ts'
import { compareBars } from '../../src/sim/compare-bars.ts'

const beats_per_bar = 8
const at = (beat_index: number) => ({ beat_index, beats_per_bar })
const plain: ClaimKind = { review: false, help: null }
const review: ClaimKind = { review: true, help: null }
const helping: ClaimKind = { review: false, help: 'helping' }
const helped: ClaimKind = { review: true, help: 'completed' }

const reportOf = (book: BarBook) => ({
  from_beat: book.from_beat,
  to_beat: book.to_beat,
  revision: 0,
  agents_reporting: book.agents.least,
  on_time_reviews: book.reviews_most,
  help_promises_fulfilled: book.promises.least,
  claims: book.claims_least,
})

describe('the ledger of claims', () => {
  test('counts an agent once per bar, however often it claims', () => {
    const ledger = makeClaimLedger(3)
    const beats = [0, 7, 8, 3]
    beats.forEach((beat, i) => {
      ledger.sent(i, 1, at(beat), plain)
      expect(ledger.record(1, i)).toBe(true)
    })
    expect(ledger.record(1, 0)).toBe(false)
    expect(ledger.books()).toMatchObject([
      { from_beat: 0, to_beat: 7, agents: { least: 1, most: 1 }, claims_least: 3 },
      { from_beat: 8, to_beat: 15, agents: { least: 1, most: 1 }, claims_least: 1 },
    ])
  })

  test('what has no answer, an unclear one, or a refusal after none, is in doubt; what was refused at once is not', () => {
    const ledger = makeClaimLedger(4)
    for (const n of [0, 1, 2, 3]) ledger.sent(n, n, at(0), review)
    ledger.doubt(1, 1)
    ledger.refuse(2, true)
    ledger.refuse(3, false)
    expect(ledger.books()).toMatchObject([
      { agents: { least: 0, most: 3 }, claims_least: 0, reviews_most: 3 },
    ])
    ledger.record(0, 0)
    expect(ledger.books()).toMatchObject([{ agents: { least: 1, most: 3 } }])
  })

  test('a promise counts when help and its completion were both acknowledged', () => {
    const ledger = makeClaimLedger(4)
    const say = (number: number, agent: number, kind: ClaimKind, yes = true): void => {
      ledger.sent(number, agent, at(0), kind)
      if (yes) ledger.record(agent, number)
    }
    say(0, 0, helping)
    say(1, 0, helped)
    say(2, 1, helping)
    say(3, 2, helping)
    say(4, 2, helped, false)
    ledger.sent(5, 3, at(0), helping)
    ledger.loosen(3, 5)
    ledger.record(3, 5)
    say(6, 3, helped)
    expect(ledger.books()).toMatchObject([{ promises: { least: 1, most: 3 } }])
  })

  test('keeps old bars as numbers', () => {
    const ledger = makeClaimLedger(1)
    for (let n = 0; n < 100; n++) {
      ledger.sent(n, 0, at(n), plain)
      if (n !== 1) ledger.record(0, n)
    }
    const books = ledger.books()
    expect(books.map(({ from_beat }) => from_beat)).toEqual(Array.from({ length: 13 }, (_, i) => i * 8))
    expect(books.map(({ claims_least }) => claims_least)).toEqual([7, ...Array(11).fill(8), 4])
  })
})

describe('the comparison', () => {
  const book: BarBook = {
    from_beat: 8,
    to_beat: 15,
    agents: { least: 98, most: 100 },
    claims_least: 120,
    reviews_most: 70,
    promises: { least: 3, most: 3 },
  }

  test('a report within the ledger agrees', () => {
    for (const agents_reporting of [98, 99, 100]) {
      const report = { ...reportOf(book), agents_reporting }
      expect(compareBars([book], [report])).toEqual({ bars: 1, agree: 1, differences: [] })
    }
  })

  test.each([
    [{ agents_reporting: 97 }, 'agents_reporting is 97, the ledger says 98 to 100'],
    [{ agents_reporting: 101 }, 'agents_reporting is 101, the ledger says 98 to 100'],
    [{ on_time_reviews: 71 }, 'on_time_reviews is 71, the ledger says 0 to 70'],
    [{ help_promises_fulfilled: 2 }, 'help_promises_fulfilled is 2, the ledger says 3'],
    [{ claims: 119 }, 'claims is 119, the ledger says at least 120'],
    [{ to_beat: 14 }, 'to_beat is 14, the ledger says 15'],
  ])('%j is a difference', (over, message) => {
    const comparison = compareBars([book], [{ ...reportOf(book), ...over, revision: 2 }])
    expect(comparison).toEqual({ bars: 1, agree: 0, differences: [{ from_beat: 8, revision: 2, message }] })
  })

  test('a report that is not there is a difference, and one of another bar is nobody’s', () => {
    expect(compareBars([book], [{ ...reportOf(book), from_beat: 16 }])).toEqual({
      bars: 1,
      agree: 0,
      differences: [{ from_beat: 8, revision: null, message: 'no report' }],
    })
  })

  test('a bar without an acknowledged claim needs no report', () => {
    const doubted = { ...book, agents: { least: 0, most: 2 }, claims_least: 0 }
    expect(compareBars([doubted], [])).toEqual({ bars: 1, agree: 1, differences: [] })
  })

  test('whatever is acknowledged, an honest report agrees, and one agent less or more does not', () => {
    const claims = fc.array(fc.record({ agent: fc.nat(9), beat: fc.nat(40) }), {
      minLength: 1,
      maxLength: 60,
    })
    fc.assert(
      fc.property(claims, (all) => {
        const ledger = makeClaimLedger(10)
        all.forEach(({ agent, beat }, number) => {
          ledger.sent(number, agent, at(beat), plain)
          ledger.record(agent, number)
        })
        const bars = new Map<number, Set<number>>()
        for (const { agent, beat } of all) {
          const { from_beat } = barOf(beat, beats_per_bar)
          bars.set(from_beat, (bars.get(from_beat) ?? new Set()).add(agent))
        }
        const books = ledger.books()
        const honest = books.map((each) => ({
          ...reportOf(each),
          agents_reporting: bars.get(each.from_beat)?.size ?? 0,
        }))
        expect(compareBars(books, honest).differences).toEqual([])
        for (const off of [-1, 1]) {
          const wrong = honest.map((report) => ({
            ...report,
            agents_reporting: report.agents_reporting + off,
          }))
          expect(compareBars(books, wrong).agree).toBe(0)
        }
      }),
    )
  })
})
