import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseExpression } from '../../../src/core/expression.ts'
import { groupFields } from '../../../src/core/view.ts'
import { fleetInit } from '../../../src/tui/fleet/fleet-state.ts'
import { fleetView } from '../../../src/tui/fleet/fleet-view.ts'
import { addTerm, groupTerm } from '../../../src/tui/fleet/group-term.ts'
import { agent, type FakeAgent } from '../table/fake-fleet.ts'
import { makeOperator } from '../table/operator.ts'

const agents: FakeAgent[] = [
  ...Array.from({ length: 6 }, (_, n) => agent(`r${n}`)),
  agent('w1', { status: 'waiting', needs: 'waiting', errors: 2 }),
  agent('w2', { status: 'waiting', health: 'unhealthy', needs: 'unhealthy' }),
  agent('odd', { status: 'say "hi" *', task: '' }),
]
const fleet = () => makeOperator(fleetView, fleetInit, agents).look()
const groupRows = (text: string): string[] =>
  text
    .split('\n')
    .slice(2)
    .filter((line) => line.trim() !== '')

describe('groups', () => {
  test('R goes through the fields and back to the agents', () => {
    const operator = fleet()
    const fields = Array.from({ length: 8 }, () => operator.press('roll_up').look().query().group)
    expect(fields).toEqual([...groupFields, undefined])
    expect(operator.text()).toContain('AGENT ')
  })

  test('the palette names any field, and an agent tells which there are', () => {
    const operator = fleet()
    expect(operator.asked).toEqual([
      { type: 'ask', ask: { view: 'fleet', id: 'fields', what: 'agent', agent: 'w2', moment: null } },
    ])
    const metadata = { role: 'coder', task: 'x', region: 'eu', list: [1], none: null }
    operator.tell({ type: 'answer', id: 'fields', answer: { ok: true, value: { metadata } } })
    const { commands = [] } = fleetView
    const values = commands.find(({ name }) => name === 'group')?.values?.({} as never, operator.state())
    expect(values).toEqual([...groupFields, 'meta.region', 'off'])
    expect(operator.command('group', 'meta.some thing').look().query().group).toBe('meta.some thing')
    expect(operator.command('group', 'off').look().query().group).toBeUndefined()
  })

  test('a row says how many there are, who needs a person, and what they send', () => {
    const rows = groupRows(fleet().command('group', 'status').look().text())
    expect(rows[0]).toMatch(/STATUS +AGENTS▼ +HEALTH +NEED YOU +RATE +ERRORS/)
    expect(rows[1]).toMatch(/^ {2}● running +6 +▪+ +· +9\.0 +·$/)
    expect(rows[2]).toMatch(/^ {2}\? waiting +2 +█+▪+ +2 +3\.0 +2$/)
  })

  test('sorting: < and >, r, and a click on a heading', () => {
    const operator = fleet().command('group', 'status').look()
    const first = (): string => groupRows(operator.text())[1] ?? ''
    expect(operator.press('sort_right').look().text()).toContain('NEED YOU▼')
    expect(first()).toContain('waiting')
    expect(operator.press('reverse').look().text()).toContain('NEED YOU▲')
    const lines = operator.lines()
    const heading = lines.findIndex((line) => line.includes('AGENTS'))
    operator.click(heading, lines[heading]?.indexOf('STATUS')).look()
    expect(operator.text()).toContain('STATUS▲')
    expect(first()).toContain('running')
  })

  test('the order holds for two seconds, and its numbers do not', () => {
    const operator = fleet().command('group', 'status').look()
    operator.agents = [
      ...agents,
      ...Array.from({ length: 9 }, (_, n) => agent(`new${n}`, { status: 'waiting' })),
    ]
    const rows = (): string[] => groupRows(operator.look().text()).slice(1)
    expect(rows()[0]).toMatch(/running +6 /)
    expect(rows()[1]).toMatch(/waiting +11 /)
    operator.wait(2_000).look()
    expect(rows()[0]).toMatch(/waiting +11 /)
  })

  test('groups of the field before are not shown as those of this one', () => {
    const operator = fleet().command('group', 'status').look().command('group', 'task')
    expect(operator.text()).not.toContain('running')
    expect(operator.press('down', 'open').place().where).toBe('')
    expect(operator.look().press('down', 'open').place().where).toBe('task:"plan"')
  })

  test('no agent is selected while groups are', () => {
    const operator = fleet().press('down').look()
    expect(operator.selected()).toBe('w2')
    expect(operator.command('group', 'status').look().selected()).toBeNull()
  })
})

describe('entering a group', () => {
  test('enter filters by it, and going back shows the groups again, with it selected', () => {
    const operator = fleet().filter('idle<1h').look().command('group', 'status').look().press('down', 'down')
    operator.press('open')
    expect(operator.place().where).toBe('idle<1h status:"waiting"')
    expect(operator.look().text()).toMatch(/AGENT .*\n.* w2 /)
    operator.back().look()
    expect(operator.place().where).toBe('idle<1h')
    expect(operator.text()).toMatch(/▌ \? waiting/)
  })

  test('groups can be entered one after the other, and left in the same way', () => {
    const operator = fleet().command('group', 'status').look().press('down', 'open').look()
    operator.command('group', 'task').look().press('down', 'open').look()
    expect(operator.place().where).toBe('status:"running" task:"plan"')
    expect(operator.back().look().query().group).toBe('task')
    expect(operator.back().look().query().group).toBe('status')
  })

  test('two clicks enter it', () => {
    const operator = fleet().command('group', 'status').look()
    const row = operator.lines().findIndex((line) => line.includes('waiting'))
    operator.click(row).wait(100).click(row)
    expect(operator.place().where).toBe('status:"waiting"')
  })

  test('a field that there is not is said', () => {
    const operator = fleet().command('group', 'region')
    expect(operator.asked.at(-1)).toMatchObject({ type: 'notice', bad: true })
    expect(operator.query().group).toBeUndefined()
  })

  test('whatever its key is, the term matches those of the group and no other', () => {
    const value = fc.string({ unit: 'binary', maxLength: 12 })
    const name = fc.oneof(
      fc.constantFrom('status', 'task', 'role'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).map((key) => `meta.${key}`),
    )
    fc.assert(
      fc.property(name, value, value, fc.constantFrom('', 'idle<5m'), (field, key, other, before) => {
        const term = groupTerm(field, key)
        const parsed = parseExpression(addTerm('', term), { fields: 'agent' })
        if (!parsed.ok) throw new Error(`${term}: ${parsed.error.message}`)
        const matches = (text: string | undefined): boolean =>
          parsed.value.test((asked) => (asked === field ? text : undefined))
        if (key === '') {
          expect(matches(undefined)).toBe(true)
          expect(matches('x')).toBe(false)
        } else {
          expect(matches(key)).toBe(true)
          expect(matches(other)).toBe(other === key)
        }
        expect(parseExpression(addTerm(before, term), { fields: 'agent' }).ok).toBe(true)
      }),
    )
  })
})
