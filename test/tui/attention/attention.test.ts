import { describe, expect, test } from 'vitest'
import { needs } from '../../../src/core/health.ts'
import { attentionInit } from '../../../src/tui/attention/attention-state.ts'
import { attentionView } from '../../../src/tui/attention/attention-view.ts'
import type { Size } from '../../../src/tui/view-spec.ts'
import { start_ms } from '../frames.ts'
import { agent, answerQuery, type FakeAgent, manyAgents } from '../table/fake-fleet.ts'
import { makeOperator } from '../table/operator.ts'

const question = 'may I delete 14 files in build/?'
const troubled: FakeAgent[] = needs
  .filter((need) => need !== 'none')
  .flatMap((need) => [
    agent(`${need}-1`, { needs: need, text: `about ${need}`, status_since_ms: start_ms - 120_000 }),
    agent(`${need}-2`, { needs: need, missing: 3 }),
  ])
const agents = [
  ...manyAgents(100),
  ...troubled.map((each) => (each.agent === 'waiting-1' ? { ...each, text: question } : each)),
]
const attention = (all: FakeAgent[] = agents, size?: Size) =>
  makeOperator(attentionView, attentionInit, all, size).look()

const names = (lines: string[]): string[] => lines.flatMap((line) => /([a-z]+-\d)\b/.exec(line)?.[1] ?? [])
const lineOf = (text: string, name: string): string =>
  text.split('\n').find((line) => line.includes(name)) ?? ''

describe('the list', () => {
  test('holds who needs a person and nobody else, the most urgent first', () => {
    expect(names(attention().lines().slice(2))).toEqual(
      ['unhealthy', 'stuck', 'waiting', 'erroring', 'finished', 'gaps'].flatMap((need) => [
        `${need}-1`,
        `${need}-2`,
      ]),
    )
  })

  test.each([160, 100, 80])('what a waiting agent asks can be read at %i columns', (columns) => {
    expect(attention(agents, { columns, rows: 18 }).text()).toContain(question)
  })

  test('says since when', () => {
    expect(lineOf(attention().text(), 'waiting-1')).toMatch(/waiting-1 +2m /)
    expect(lineOf(attention().text(), 'unhealthy-1')).toMatch(/unhealthy-1 +2s /)
  })

  test('the reason has a sign in each row, and a word where it begins', () => {
    const text = attention().text()
    expect(lineOf(text, 'stuck-1')).toMatch(/^ {2}◑ stuck +stuck-1/)
    expect(lineOf(text, 'stuck-2')).toMatch(/^ {2}◑ +stuck-2/)
  })

  test('gaps say how many numbers are missing', () => {
    expect(lineOf(attention().text(), 'gaps-2')).toContain('3 numbers are missing')
  })

  test('who no longer needs anybody while the order holds is said to be settled', () => {
    const operator = attention().press('down', 'down', 'down')
    const { columns = [], rows } = answerQuery(agents, operator.query())
    const held = rows.map((cells) =>
      cells[0] === 'stuck-1' ? cells.with(columns.indexOf('needs'), 'none') : cells,
    )
    operator.show({ ...answerQuery(agents, operator.query()), rows: held })
    expect(lineOf(operator.text(), 'stuck-1')).toMatch(/^▌ · settled +stuck-1/)
    expect(lineOf(operator.text(), 'stuck-2')).toContain('◑ stuck')
  })

  test('the selected agent is shown in full below', () => {
    const text = `error: ${'a long story '.repeat(8)}and its end`
    const all = [agent('storyteller', { needs: 'erroring', text })]
    const operator = attention(all, { columns: 80, rows: 18 }).press('down')
    const [rule, ...said] = operator.lines().slice(-3)
    expect(rule).toMatch(/storyteller .* erroring for 1m/)
    expect(said.join(' ')).toContain('and its end')
  })

  test('enter opens the selected one, and the first one when none is', () => {
    expect(attention().press('open').place()).toMatchObject({ view: 'agent', agent: 'unhealthy-1' })
    expect(attention().press('down', 'down', 'open').place()).toMatchObject({ agent: 'unhealthy-2' })
  })
})

describe('kinds of trouble', () => {
  test('are counted above', () => {
    const all = agents.filter((each) => each.agent !== 'stuck-1')
    expect(attention(all).lines()[0]).toMatch(
      /a 11 all +u ✗ 2 unhealthy +s ◑ 1 stuck +w \? 2 waiting +e ! 2 erroring +f ✓ 2 finished +n ≠ 2 gaps/,
    )
  })

  test('a letter shows one kind only, and a all of them', () => {
    const operator = attention().press('waiting').look()
    expect(names(operator.lines().slice(2))).toEqual(['waiting-1', 'waiting-2'])
    expect(operator.note()).toBe('1–2 of 2')
    expect(operator.press('all').look().note()).toBe('1–12 of 12')
  })

  test('arrows go through them, and a click chooses one', () => {
    const operator = attention().press('next_kind', 'next_kind').look()
    expect(operator.state().kind).toBe('stuck')
    expect(operator.press('previous_kind', 'previous_kind', 'previous_kind').state().kind).toBe('gaps')
    operator.click(0, operator.lines()[0]?.indexOf('erroring'))
    expect(operator.state().kind).toBe('erroring')
  })

  test('moving stays within the kind', () => {
    const operator = attention().press('waiting').look().press('first')
    expect(operator.selected()).toBe('waiting-1')
    expect(operator.press('up').selected()).toBe('waiting-1')
    expect(operator.press('last', 'down', 'down').look().selected()).toBe('waiting-2')
  })

  test('a kind of thousands is as far away as any', () => {
    const many = manyAgents(5_000).map(
      (each, n) => ({ ...each, needs: needs[1 + (n % 6)] ?? 'none' }) as FakeAgent,
    )
    const operator = attention(many).press('finished').look().press('last').look()
    const rows = operator.lines().filter((line) => line.includes('agent-'))
    expect(operator.note()).toMatch(/–833 of 833$/)
    expect(operator.selected()).toBe(many.findLast((each) => each.needs === 'finished')?.agent)
    expect(rows.length).toBeGreaterThan(30)
    expect(operator.text()).not.toContain('gaps-')
  })
})

describe('nobody', () => {
  test('is said calmly', () => {
    expect(attention(manyAgents(1_000)).text()).toContain('nobody needs you  (1,000 agents)')
  })

  test('is said of a kind and of a filter too', () => {
    const some = agents.filter((each) => each.needs !== 'stuck')
    expect(attention(some).press('stuck').look().text()).toContain('nobody is here for that: stuck')
    const operator = attention(manyAgents(3)).filter('role:dev').look()
    expect(operator.text()).toContain('nobody who matches the filter needs you')
  })
})
