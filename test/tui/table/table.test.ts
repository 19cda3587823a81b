import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fleetInit } from '../../../src/tui/fleet/fleet-state.ts'
import { fleetView } from '../../../src/tui/fleet/fleet-view.ts'
import { agent, agentName, answerQuery, type FakeAgent, manyAgents } from './fake-fleet.ts'
import { makeOperator } from './operator.ts'

/** The fleet without its heatmap, by name: a heading and 43 rows. */
const tableOf = (agents: FakeAgent[], columns = 160) =>
  makeOperator(fleetView, { ...fleetInit, heat: { ...fleetInit.heat, size: 'off' } }, agents, {
    columns,
    rows: 44,
  })
    .command('sort', 'agent')
    .look()

const rows = 43
const lineOf = (text: string, name: string): string =>
  text.split('\n').find((line) => line.includes(name)) ?? ''

describe('moving', () => {
  test('the selection stays with its agent when the order changes', () => {
    const table = tableOf(manyAgents(20)).press('down', 'down')
    expect(table.selected()).toBe(agentName(2))
    table.press('reverse').look()
    expect(table.selected()).toBe(agentName(2))
    expect(lineOf(table.text(), agentName(2))).toMatch(/^▌/)
    expect(table.press('down').selected()).toBe(agentName(1))
  })

  test('moving beyond the last row scrolls', () => {
    const table = tableOf(manyAgents(200))
      .press(...Array<string>(rows + 1).fill('down'))
      .look()
    expect(table.selected()).toBe(agentName(rows + 1))
    expect(table.note()).toBe('2–44 of 200')
  })

  test('steps that come faster than frames are all made', () => {
    const table = tableOf(manyAgents(500))
      .press(...Array<string>(300).fill('down'))
      .look()
    expect(table.selected()).toBe(agentName(300))
  })

  test('the end of 50,000 agents is one frame away, with the last one selected', () => {
    const table = tableOf(manyAgents(50_000)).press('last')
    table.show(answerQuery(table.agents, table.query()))
    expect(table.selected()).toBe(agentName(50_000))
    expect(table.note()).toBe('49,958–50,000 of 50,000')
    expect(table.query().limit).toBeLessThan(100)
    expect(table.press('first').look().selected()).toBe(agentName(1))
  })

  test('pages move the window and the selection', () => {
    const table = tableOf(manyAgents(500)).press('down', 'page_down').look()
    expect(table.selected()).toBe(agentName(1 + rows))
    expect(table.note()).toBe('44–86 of 500')
    expect(table.press('page_up').look().selected()).toBe(agentName(1))
  })

  test('the wheel leaves the selection, which is shown out of sight', () => {
    const table = tableOf(manyAgents(500)).press('down').wheel('down').look()
    expect(table.note()).toBe('4–45 of 500')
    expect(lineOf(table.text(), agentName(1))).toMatch(/^▌ .* out of sight ▌$/)
    expect(lineOf(table.text(), agentName(1))).toHaveLength(160)
    expect(table.query().pin).toBe(agentName(1))
  })

  test('the agent that was selected before is not shown as the selected one', () => {
    const table = tableOf(manyAgents(500)).press('down').wheel('down').look()
    const before = answerQuery(table.agents, table.query())
    table.click(20)
    table.show({ ...before, rows: [] })
    expect(table.selected()).not.toBe(agentName(1))
    expect(table.text()).not.toContain('out of sight')
  })

  test('fewer agents than before pull the window back', () => {
    const table = tableOf(manyAgents(500)).press('last').look()
    table.agents = manyAgents(50)
    expect(table.look().note()).toBe('8–50 of 50')
  })

  test('who is read is not moved about, and later is', () => {
    const table = tableOf(manyAgents(50))
    expect(table.query().order_ms).toBeUndefined()
    table.press('down')
    expect(table.query().order_ms).toBeGreaterThan(5_000)
    expect(table.wait(7_000).query().order_ms).toBeUndefined()
  })
})

describe('sorting', () => {
  test('a click on a heading sorts by it, and once more turns it round', () => {
    const table = tableOf(manyAgents(3))
    const heading = table.lines()[0] ?? ''
    table.click(0, heading.indexOf('RATE')).look()
    expect(table.query()).toMatchObject({ sort: 'rate', reverse: false })
    expect(table.text()).toContain('RATE▼')
    table.click(0, heading.indexOf('RATE')).look()
    expect(table.query()).toMatchObject({ sort: 'rate', reverse: true })
    expect(table.text()).toContain('RATE▲')
  })

  test('< and > go through the columns on the screen, and r turns the order round', () => {
    const table = tableOf(manyAgents(3), 80)
    const seen = Array.from({ length: 7 }, () => {
      table.press('sort_right').look()
      return /(\S+)[▼▲]/.exec(table.lines()[0] ?? '')?.[1]
    })
    expect(seen).toEqual(['HEALTH', 'STATUS', 'TASK', 'RATE', 'ERR', 'IDLE', 'AGENT'])
    expect(table.text()).toContain('AGENT▲')
    expect(table.press('sort_left').look().text()).toContain('IDLE▼')
    expect(table.press('reverse').look().text()).toContain('IDLE▲')
  })

  test('another order begins at its top', () => {
    const table = tableOf(manyAgents(500)).press('last').look().press('sort_right').look()
    expect(table.note()).toMatch(/^1–/)
  })
})

describe('the mouse', () => {
  test('a click selects, and two within half a second open the agent', () => {
    const table = tableOf(manyAgents(20)).click(3)
    expect(table.selected()).toBe(agentName(3))
    expect(table.wait(800).click(3).place().view).toBe('fleet')
    expect(table.wait(200).click(3).place()).toMatchObject({ view: 'agent', agent: agentName(3) })
  })

  test('two clicks on two agents open none', () => {
    const table = tableOf(manyAgents(20)).click(3).click(4)
    expect(table.place().view).toBe('fleet')
    expect(table.selected()).toBe(agentName(4))
  })

  test('a click below the last agent does nothing', () => {
    expect(tableOf(manyAgents(2)).click(30).selected()).toBeNull()
  })
})

describe('the lines', () => {
  test('columns go by priority when the screen is narrow, and only what is shown is asked for', () => {
    const titles = (columns: number): string[] =>
      (tableOf(manyAgents(1), columns).lines()[0] ?? '').replace(/[▼▲]/g, '').split(/ {2,}/).filter(Boolean)
    expect(titles(180)).toEqual(
      'AGENT,HEALTH,NEEDS YOU,STATUS,TASK,ROLE,RATE,ERR,EVENTS,GAPS,IDLE,SEQ,LAST EVENT'.split(','),
    )
    expect(titles(140)).toEqual(
      'AGENT,HEALTH,NEEDS YOU,STATUS,TASK,RATE,ERR,GAPS,IDLE,SEQ,LAST EVENT'.split(','),
    )
    expect(titles(100)).toEqual('AGENT,HEALTH,STATUS,TASK,RATE,ERR,IDLE,LAST EVENT'.split(','))
    expect(titles(80)).toEqual('AGENT,HEALTH,STATUS,TASK,RATE,ERR,IDLE'.split(','))
    expect(titles(60)).toEqual('AGENT,HEALTH,STATUS,RATE,IDLE'.split(','))
    expect(tableOf(manyAgents(1), 80).query().columns).toEqual(
      'agent,health,needs,status,task,rate,errors,last_seen_ms'.split(','),
    )
  })

  test('numbers stand below each other', () => {
    const table = tableOf([agent('a', { errors: 3, rate: 1 }), agent('b', { errors: 1_204, rate: 12_300 })])
    const ends = ['a', 'b'].map((name) => lineOf(table.text(), `  ${name} `))
    expect(ends[0]?.indexOf(' 3 ')).toBe((ends[1]?.indexOf(' 1,204 ') ?? 0) + 4)
    expect(ends[1]).toContain('12.3k')
  })

  test('health is told by a word and a sign', () => {
    const table = tableOf([agent('a', { health: 'unhealthy', needs: 'unhealthy' }), agent('b')])
    expect(lineOf(table.text(), '  a ')).toContain('✗ unhealthy')
    expect(lineOf(table.text(), '  b ')).toContain('● healthy')
  })

  test('marked agents have a sign, and are counted', () => {
    const table = tableOf(manyAgents(5)).mark(agentName(2), agentName(4), 'gone')
    expect(lineOf(table.text(), agentName(2))).toMatch(/^ ◆/)
    expect(table.note()).toBe('3 marked  1–5 of 5')
  })

  test('the frame of the view before is not taken for ours, and where we were is kept', () => {
    const table = makeOperator(fleetView, fleetInit, manyAgents(500)).look().press('last').look()
    const note = table.note()
    table.show(answerQuery(manyAgents(5), { columns: ['agent', 'needs'], limit: 5 }))
    expect(table.text().trim()).toBe('')
    expect(table.look().note()).toBe(note)
    expect(note).toMatch(/–500 of 500$/)
  })

  test('what the frame at hand does not know is left blank', () => {
    const agents = [agent('a', { gaps: 4, last_seq: 77, health: 'unhealthy' })]
    const table = tableOf(agents, 160)
    table.show(answerQuery(agents, { ...table.query(), columns: ['agent', 'status', 'rate'] }))
    expect(lineOf(table.text(), '  a ').trim().split(/ {2,}/)).toEqual(['a', '● running', '1.5'])
    expect(lineOf(table.look().text(), '  a ')).toMatch(/✗ unhealthy .* 4 .* 77/)
  })

  test('whatever frame is at hand, a row holds what belongs to its agent', () => {
    const agents = Array.from({ length: 300 }, (_, n) =>
      agent(agentName(n + 1), { last_seq: 700_000 + n + 1, errors: n + 1 }),
    )
    fc.assert(
      fc.property(
        fc.nat(320),
        fc.nat(80),
        fc.constantFrom(60, 80, 140, 180),
        fc.constantFrom(60, 80, 140, 180),
        fc.array(fc.constantFrom('down', 'up', 'page_down', 'last', 'reverse', 'sort_right')),
        (offset, limit, asked, columns, actions) => {
          const table = tableOf(agents, columns).press(...actions)
          const { columns: others = [] } = tableOf(agents, asked).query()
          table.show(answerQuery(agents, { ...table.query(), columns: others, offset, limit }))
          for (const line of table.lines().slice(1)) {
            const n = Number(/agent-(\d+)/.exec(line)?.[1] ?? 0)
            const seq = /700,\d\d\d/.exec(line)?.[0]
            if (n > 0 && seq !== undefined) expect(seq).toBe(`700,${String(n).padStart(3, '0')}`)
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})
