import { describe, expect, test } from 'vitest'
import { fleetInit } from '../../../src/tui/fleet/fleet-state.ts'
import { fleetView } from '../../../src/tui/fleet/fleet-view.ts'
import { makePaint } from '../../../src/tui/paint.ts'
import type { Size } from '../../../src/tui/view-spec.ts'
import { agent, agentName, answerQuery, type FakeAgent, manyAgents } from '../table/fake-fleet.ts'
import { makeOperator, plain } from '../table/operator.ts'

const fleetOf = (agents: FakeAgent[], size?: Size) => makeOperator(fleetView, fleetInit, agents, size).look()

/** The agent of that number is unwell. */
const withTrouble = (count: number, number: number): FakeAgent[] =>
  manyAgents(count).with(number - 1, agent(agentName(number), { health: 'unhealthy', needs: 'unhealthy' }))

const { cells } = plain.glyphs
const heatRows = (lines: string[]): number => lines.findIndex((line) => line.includes('AGENT')) - 1

describe('what it shows', () => {
  test('a cell per agent as long as they fit', () => {
    const fleet = fleetOf(withTrouble(1_000, 200))
    const lines = fleet.lines()
    expect(lines[0]).toContain('cell = 1 agent')
    expect(heatRows(lines)).toBe(7)
    // 158 cells in a row: the 200th agent is the 42nd of the second row.
    expect(lines[2]?.indexOf(cells.unhealthy)).toBe(42)
  })

  test('50,000 agents share cells, and the worst of a cell is seen', () => {
    const fleet = fleetOf(withTrouble(50_000, 30_000))
    const lines = fleet.lines()
    expect(lines[0]).toMatch(/cell = 25 agents, worst wins/)
    expect(heatRows(lines)).toBeLessThanOrEqual(44 / 3)
    expect(
      lines
        .slice(1, heatRows(lines) + 1)
        .join('')
        .split(cells.unhealthy),
    ).toHaveLength(2)
  })

  test('the legend counts each health', () => {
    expect(fleetOf(withTrouble(1_000, 200)).lines()[0]).toMatch(
      /1 unhealthy .* 0 suspect .* 0 late .* 999 healthy .* 0 stopped/,
    )
  })

  test('with a filter the legend counts those that match', () => {
    const fleet = fleetOf(withTrouble(1_000, 200)).filter('status:running')
    fleet.agents = withTrouble(10, 2)
    expect(fleet.look().lines()[0]).toMatch(/1 unhealthy .* 9 healthy/)
  })

  test('a few agents have one row, and nobody has none', () => {
    expect(heatRows(fleetOf(manyAgents(10)).lines())).toBe(1)
    expect(fleetOf([]).text()).toContain('no agents yet: beacon emit')
  })

  test('a low screen leaves it out, and H changes its size', () => {
    expect(fleetOf(manyAgents(100), { columns: 80, rows: 12 }).query().heatmap).toBeUndefined()
    const fleet = fleetOf(manyAgents(50_000))
    const normal = heatRows(fleet.lines())
    expect(heatRows(fleet.press('heat_size').look().lines())).toBeGreaterThan(normal)
    expect(fleet.press('heat_size').look().lines()[0]).toContain('AGENT')
    expect(heatRows(fleet.press('heat_size').look().lines())).toBe(normal)
  })

  test('b and a click on the label go through the kinds', () => {
    const fleet = fleetOf(manyAgents(10))
    const kinds = ['rate', 'seen', 'errors', 'health'].map(() => fleet.press('by').query().heatmap?.by)
    expect(kinds).toEqual(['rate', 'seen', 'errors', 'health'])
    expect(fleet.click(0, 5).query().heatmap?.by).toBe('rate')
    expect(fleet.look().lines()[0]).toMatch(/by rate .* 0\.01 .* 30\/s/)
  })

  test('it stands still for a second, and another filter or kind is drawn at once', () => {
    const fleet = fleetOf(manyAgents(1_000))
    fleet.agents = withTrouble(1_000, 200)
    const drawn = (): boolean => fleet.look().lines().slice(1, 9).join('').includes(cells.unhealthy)
    expect(drawn()).toBe(false)
    expect(fleet.wait(1_000) && drawn()).toBe(true)
    fleet.agents = manyAgents(1_000)
    expect(drawn()).toBe(true)
    fleet.agents = manyAgents(999)
    expect(drawn()).toBe(false)
  })

  test('equal neighbours are one painted piece', () => {
    const paint = makePaint({ color: true, theme: 'dark', ascii: false })
    const fleet = fleetOf(withTrouble(50_000, 30_000))
    const lines = fleet.lines(paint).slice(1, 14)
    const escapes = lines.map((line) => line.split('\u001b[').length - 1)
    // On and off for a whole line, and for three pieces where one cell is unwell.
    expect(Math.max(...escapes)).toBeLessThanOrEqual(8)
    expect(Math.min(...escapes)).toBe(2)
  })
})

describe('its cursor', () => {
  test('moving it selects the worst agent of the cell', () => {
    const fleet = fleetOf(withTrouble(50_000, 27)).press('focus').look()
    expect(fleet.selected()).toBe(agentName(1))
    expect(fleet.press('right').look().selected()).toBe(agentName(27))
    expect(fleet.lines()[1]?.[2]).toBe(plain.glyphs.cursor)
    expect(fleet.lines()[0]).toContain('cell 2 of 2,000')
    expect(fleet.press('open').state().heat.focused).toBe(false)
    expect(fleet.press('open').place()).toMatchObject({ view: 'agent', agent: agentName(27) })
  })

  test('down goes a row down, and from the last row into the table', () => {
    const fleet = fleetOf(manyAgents(300)).press('focus', 'down').look()
    expect(fleet.selected()).toBe(agentName(159))
    expect(fleet.press('down').look().state().heat.focused).toBe(false)
    expect(fleet.selected()).toBe(agentName(159))
  })

  test('a click on a cell selects its worst agent', () => {
    expect(fleetOf(withTrouble(1_000, 200)).click(2, 42).look().selected()).toBe(agentName(200))
  })

  test('an answer to the question before is not taken for this one', () => {
    const fleet = fleetOf(manyAgents(300)).press('focus')
    const first = answerQuery(fleet.agents, fleet.query())
    // The cursor moves on before the answer is here.
    fleet.press('right')
    fleet.show(first)
    expect(fleet.selected()).toBeNull()
    fleet.show(first)
    expect(fleet.look().selected()).toBe(agentName(2))
  })

  test('it stays within the cells', () => {
    const fleet = fleetOf(manyAgents(300)).press('focus', 'left', 'up', 'last', 'right').look()
    expect(fleet.state().heat.cursor).toBe(299)
    expect(fleet.selected()).toBe(agentName(300))
  })
})
