import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextLookAt, type Outgoing } from '../../src/core/reverb.ts'
import { Aggregator, beatAt, Stream } from './reverb-world.ts'

const short = ({ report: { from_beat, revision, claims } }: Outgoing): number[] => [
  from_beat,
  revision,
  claims,
]
const issuedBy = ({ reverb }: Aggregator): number[][] => reverb.outbox.map(short)

function make(beats_per_bar = 4): { stream: Stream; aggregator: Aggregator } {
  const stream = new Stream(beats_per_bar)
  return { stream, aggregator: new Aggregator(stream) }
}

describe('a report is due at the downbeat', () => {
  test('and is issued once the fold has what the stream had then', () => {
    const { stream, aggregator } = make()
    aggregator.look(0)
    stream.claim('a', 1)
    stream.claim('b', 2)
    aggregator.fold(1)
    aggregator.look(3.9)
    aggregator.look(4.01)
    expect(issuedBy(aggregator)).toEqual([])
    aggregator.fold()
    aggregator.look(4.1)
    expect(issuedBy(aggregator)).toEqual([[0, 0, 2]])
  })

  test('after half a beat it says what it has', () => {
    const { stream, aggregator } = make()
    aggregator.look(0)
    stream.claim('a', 1)
    stream.claim('b', 2)
    aggregator.fold(1)
    aggregator.look(4)
    aggregator.look(4.49)
    expect(issuedBy(aggregator)).toEqual([])
    expect(nextLookAt(aggregator.reverb, beatAt(4.49, 4))).toBe(4.5)
    aggregator.look(4.5)
    expect(issuedBy(aggregator)).toEqual([[0, 0, 1]])
  })

  test('and waits as long for what the leader says of the bar', () => {
    const { aggregator } = make()
    aggregator.look(0)
    aggregator.look(4, { informed: false })
    aggregator.look(4.2, { informed: false })
    expect(issuedBy(aggregator)).toEqual([])
    aggregator.look(4.3)
    expect(issuedBy(aggregator)).toEqual([[0, 0, 0]])
  })

  test('without the leader being there it says nothing of bars that nobody claimed anything for', () => {
    const { stream, aggregator } = make()
    aggregator.look(0)
    stream.claim('a', 1)
    aggregator.fold()
    for (const beat of [4, 4.5, 8, 8.5]) aggregator.look(beat, { degraded: true, informed: false })
    expect(issuedBy(aggregator)).toEqual([[0, 0, 1]])
    aggregator.look(9)
    expect(issuedBy(aggregator)).toEqual([
      [0, 0, 1],
      [4, 0, 0],
    ])
  })

  test('whoever comes in the middle of a bar reports the one before', () => {
    const { aggregator } = make()
    aggregator.look(1_002.3)
    aggregator.look(1_002.8)
    expect(issuedBy(aggregator)).toEqual([[996, 0, 0]])
  })

  test('whoever was away reports what was claimed, and the last few of the empty bars', () => {
    const { stream, aggregator } = make()
    aggregator.look(0)
    stream.claim('a', 1)
    stream.claim('a', 5)
    aggregator.fold()
    aggregator.look(4_000.1)
    expect(issuedBy(aggregator)).toEqual([
      [0, 0, 1],
      [4, 0, 1],
      ...[3_984, 3_988, 3_992, 3_996].map((from_beat) => [from_beat, 0, 0]),
    ])
  })

  test('of bars that pass quicker than the fold follows none is lost', () => {
    const { stream, aggregator } = make(2)
    aggregator.look(0)
    for (let beat = 0; beat < 100; beat++) stream.claim('a', beat)
    for (let beat = 0; beat < 100; beat++) aggregator.look(beat)
    aggregator.fold()
    aggregator.look(100)
    aggregator.look(100.5)
    const claims = aggregator.reverb.outbox.filter(({ report }) => report.claims > 0)
    expect(claims.map(short)).toEqual(
      Array.from({ length: 50 }, (_, bar) => [bar * 2, expect.any(Number), 2]),
    )
  })
})

describe('claims that come later', () => {
  /** A bar that was reported with one claim, and the beat after it. */
  function reported(beats_per_bar = 16): ReturnType<typeof make> {
    const world = make(beats_per_bar)
    const { stream, aggregator } = world
    aggregator.look(0)
    stream.claim('a', 1)
    aggregator.fold()
    aggregator.look(beats_per_bar)
    aggregator.send()
    aggregator.fold()
    return world
  }

  test('make a revision at the beats 1, 2, 4, 8 … of the next bar and at its end', () => {
    const { stream, aggregator } = reported()
    const seen: number[] = []
    for (let beat = 16; beat < 64; beat++) {
      stream.claim('b', 15, true)
      aggregator.fold()
      aggregator.look(beat)
      if (aggregator.reverb.outbox.some(({ report }) => report.from_beat === 0)) seen.push(beat)
      while (aggregator.reverb.outbox.length > 0) aggregator.send()
      aggregator.fold()
    }
    expect(seen.filter((beat) => beat <= 32)).toEqual([17, 18, 20, 24, 32])
    const revisions = stream.reports().filter(({ from_beat }) => from_beat === 0)
    expect(revisions.map(({ revision }) => revision)).toEqual(revisions.map((_, i) => i))
  })

  test('and without any there is none', () => {
    const { aggregator } = reported()
    for (let beat = 16; beat < 32; beat += 0.5) aggregator.look(beat)
    expect(issuedBy(aggregator)).toEqual([])
  })

  test('wait until the report before is heard back', () => {
    const { stream, aggregator } = make(16)
    aggregator.look(0)
    stream.claim('a', 1)
    aggregator.fold()
    aggregator.look(16)
    stream.claim('b', 1, true)
    aggregator.fold()
    aggregator.look(17)
    expect(issuedBy(aggregator)).toEqual([[0, 0, 1]])
    aggregator.send()
    aggregator.fold()
    aggregator.look(18)
    expect(issuedBy(aggregator)).toEqual([[0, 1, 2]])
  })

  test('of a bar that the fold lets go of do not wait for it, and get the next number', () => {
    const { stream, aggregator } = make()
    aggregator.look(0)
    stream.claim('a', 1)
    aggregator.fold()
    aggregator.look(4)
    stream.claim('b', 1, true)
    stream.claim('a', 16)
    aggregator.fold()
    expect(issuedBy(aggregator)).toEqual([
      [0, 0, 1],
      [0, 1, 2],
    ])
  })

  test('of an aggregator that was quicker with less, the other makes the revision', () => {
    const { stream, aggregator } = make(16)
    const other = new Aggregator(stream)
    for (const each of [aggregator, other]) each.look(0)
    stream.claim('a', 1)
    stream.claim('b', 1)
    aggregator.fold(1)
    other.fold()
    for (const each of [aggregator, other]) each.look(16)
    aggregator.look(16.5)
    for (const each of [aggregator, other]) each.send()
    for (const each of [aggregator, other]) {
      each.fold()
      each.look(17)
    }
    expect(stream.reports().map(({ claims }) => claims)).toEqual([1])
    expect([issuedBy(aggregator), issuedBy(other)]).toEqual([[[0, 1, 2]], [[0, 1, 2]]])
  })
})

const steps = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('go' as const),
      beats: fc.double({ min: 0, max: 1.5, noNaN: true }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('go' as const),
      beats: fc.double({ min: 0, max: 30, noNaN: true }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      agent: fc.constantFrom('a', 'b', 'c'),
      bars: fc.constantFrom(-1, 0, 0, 1),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('fold' as const), who: fc.nat(1), count: fc.nat(5) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('look' as const),
      who: fc.nat(1),
      informed: fc.boolean(),
      degraded: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('send' as const), who: fc.nat(1) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('restart' as const), who: fc.nat(1), back: fc.nat(20) }),
  },
)
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never

/** Plays the steps, and then three bars in which everybody keeps up. Returns what each of them issued, life by life. */
function play(
  beats_per_bar: number,
  count: number,
  script: readonly Step[],
): { stream: Stream; lives: string[][] } {
  const stream = new Stream(beats_per_bar)
  const all = Array.from({ length: count }, () => new Aggregator(stream))
  const lives: string[][] = []
  let position = 0
  for (const step of script) {
    const who = all[('who' in step ? step.who : 0) % count] as Aggregator
    if (step.do === 'go') position += step.beats
    if (step.do === 'claim') claimAt(stream, step.agent, Math.floor(position), step.bars)
    if (step.do === 'fold') who.fold(step.count)
    if (step.do === 'look') who.look(position, step)
    if (step.do === 'send') who.send()
    if (step.do === 'restart') {
      lives.push([...who.issued])
      who.restart(step.back)
    }
  }
  for (let i = 0; i <= 6 * beats_per_bar; i++) {
    position += 0.5
    for (const each of all) {
      each.fold()
      each.look(position)
      while (each.reverb.outbox.length > 0) each.send()
    }
  }
  return { stream, lives: [...lives, ...all.map(({ issued }) => issued)] }
}

/** As the door lets them in: at most a bar late, at most a beat early. */
function claimAt(stream: Stream, agent: string, beat: number, bars: number): void {
  const { beats_per_bar } = stream
  const bar = Math.floor(beat / beats_per_bar)
  if (bars < 0) {
    if (bar > 0) stream.claim(agent, (bar - 1) * beats_per_bar, true)
  } else stream.claim(agent, bars === 0 ? beat : beat + 1)
}

test('whatever happens, each claim is in the last revision, and revisions count up without a hole', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(2, 4, 16),
      fc.constantFrom(1, 2),
      fc.array(steps, { maxLength: 150 }),
      (beats_per_bar, count, script) => {
        const { stream, lives } = play(beats_per_bar, count, script)
        const last = new Map<number, number>()
        const revisions = new Map<number, number[]>()
        for (const { from_beat, revision, claims } of stream.reports()) {
          last.set(from_beat, claims)
          revisions.set(from_beat, [...(revisions.get(from_beat) ?? []), revision])
        }
        for (const [from_beat, claims] of stream.claimed())
          expect([from_beat, last.get(from_beat)]).toEqual([from_beat, claims])
        for (const [from_beat, list] of revisions)
          expect([from_beat, ...list]).toEqual([from_beat, ...list.map((_, i) => i)])
        for (const issued of lives) expect(new Set(issued).size).toBe(issued.length)
      },
    ),
    { numRuns: 500 },
  )
})

test('as long as the pulse is there every bar has its report', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(2, 4, 16),
      fc.array(fc.tuple(fc.double({ min: 0.01, max: 3, noNaN: true }), fc.boolean()), {
        minLength: 1,
        maxLength: 60,
      }),
      (beats_per_bar, moves) => {
        const stream = new Stream(beats_per_bar)
        const aggregator = new Aggregator(stream)
        let position = 0
        aggregator.look(0)
        for (const [beats, claims] of moves) {
          position += beats
          if (claims) stream.claim('a', Math.floor(position))
          aggregator.fold()
          aggregator.look(position)
          while (aggregator.reverb.outbox.length > 0) aggregator.send()
        }
        aggregator.fold()
        aggregator.look(position)
        const bars = Math.floor(position / beats_per_bar)
        const reported = new Set(aggregator.issued.map((id) => id.slice(0, 32)))
        expect(reported.size).toBe(bars)
      },
    ),
  )
})
