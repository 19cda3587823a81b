import { expect, test } from 'vitest'
import { NewestOnly } from '../../src/tui/newest-only.ts'

/** Requests whose ends come from the test. */
function slow() {
  const begun: { wish: number; end(): void }[] = []
  const only = new NewestOnly<number>((wish) => new Promise((resolve) => begun.push({ wish, end: resolve })))
  return { only, begun, wishes: () => begun.map(({ wish }) => wish) }
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('one is on its way at a time; of what was wanted meanwhile the newest is next', async () => {
  const { only, begun, wishes } = slow()
  for (const wish of [1, 2, 3, 4]) only.want(wish)
  expect(wishes()).toEqual([1])
  begun[0]?.end()
  await settled()
  expect(wishes()).toEqual([1, 4])
  begun[1]?.end()
  await settled()
  only.want(5)
  expect(wishes()).toEqual([1, 4, 5])
})

test('what is forgotten is not begun', async () => {
  const { only, begun, wishes } = slow()
  only.want(1)
  only.want(2)
  only.forget()
  begun[0]?.end()
  await settled()
  expect(wishes()).toEqual([1])
})
