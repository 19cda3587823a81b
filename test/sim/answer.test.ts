import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeAnswer } from '../../src/sim/answer.ts'

const verdicts = (status: number, body: unknown, count: number) =>
  judgeAnswer(status, typeof body === 'string' ? body : JSON.stringify(body), count).verdicts

describe('what an answer means', () => {
  test.each([
    [202, { status: 'accepted', seq: 9 }, 1, 'accepted'],
    [202, { status: 'accepted', accepted: 3, rejected: 0, errors: [] }, 3, 'accepted'],
    [
      202,
      { status: 'accepted', accepted: 2, rejected: 1, errors: [{ index: 1 }] },
      3,
      ['accepted', 'rejected', 'accepted'],
    ],
    [422, { errors: [{ index: 0 }] }, 2, 'rejected'],
    [404, 'no JSON', 2, 'rejected'],
    [503, { title: 'overloaded' }, 2, 'again'],
    [503, 'no JSON', 2, 'again'],
    [500, '', 2, 'again'],
    [503, { accepted: 0, not_stored: [[0, 1]] }, 2, 'again'],
    [
      503,
      { accepted: 1, not_stored: [[1, 2]], errors: [{ index: 3 }] },
      4,
      ['accepted', 'again', 'again', 'rejected'],
    ],
    [503, { accepted: 1, errors: [{ index: 0 }] }, 2, ['again', 'accepted']],
  ])('%i %j for %i events', (status, body, count, expected) => {
    expect(verdicts(status, body, count)).toEqual(expected)
  })

  test.each([
    [202, 'no JSON', 1],
    [202, {}, 1],
    [202, { status: 'accepted', seq: 9 }, 2],
    [202, { status: 'accepted', accepted: 2, errors: [] }, 3],
    [202, { status: 'accepted', accepted: 2, errors: [{ index: 7 }] }, 3],
    [202, { status: 'accepted', accepted: 3, errors: [{ index: 1 }] }, 3],
    [204, '', 1],
    [302, '', 1],
  ])('%i %j for %i events contradicts the contract, so it acknowledges nothing', (status, body, count) => {
    expect(verdicts(status, body, count)).toBe('unclear')
  })

  test.each([
    [{ accepted: 1, not_stored: [[0, 1]] }, 2],
    [{ accepted: 1, not_stored: 'x' }, 2],
    [{ accepted: 1, not_stored: [[0, 9]] }, 2],
    [{ accepted: 2, errors: [{ index: 0 }] }, 2],
  ])('a 503 whose numbers do not add up, %j, means all again', (body, count) => {
    expect(verdicts(503, body, count)).toBe('again')
  })

  test('no answer throws, and none but 202 and an exact refusal acknowledges', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.json(),
        fc.integer({ min: 1, max: 5 }),
        (status, body, count) => {
          expect(['rejected', 'again', 'unclear']).toContain(verdicts(status, body, count))
        },
      ),
    )
  })
})
