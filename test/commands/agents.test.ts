import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AgentsDocument, ListedAgent } from '../../src/core/agents-document.ts'
import { escapeControl } from '../../src/core/escape.ts'
import { startTestDaemon, type TestDaemon } from '../kit/daemon.ts'
import { beacon } from '../kit/run-beacon.ts'
import { eventually } from '../kit/supervised-home.ts'

const hostile = 'evil\u001b[2J\u202eid'
const crowd = 620

let daemon: TestDaemon
let home: string
const run = (args: string | string[]) => beacon(args, { home })

beforeAll(async () => {
  daemon = await startTestDaemon({ config: { gateways: 1 } })
  home = daemon.home.root
  const crowded = Array.from({ length: crowd }, (_, i) => ({
    agent_id: `crowd-${String(i).padStart(3, '0')}`,
    status: 'idle',
    metadata: { team: i % 2 === 0 ? 'even' : 'odd' },
  }))
  const special = [
    { agent_id: 'worker-1', status: 'running', metadata: { task: 'llm_call', note: 'half done' } },
    { agent_id: 'worker-1', status: 'running', metadata: { task: 'llm_call', note: 'nearly done' } },
    { agent_id: 'worker-2', status: 'error', metadata: { error: 'upstream 503' } },
    { agent_id: hostile, status: 'run\u001b[31mning', metadata: { 'k\u0007': '\u009b2J' } },
  ]
  const answer = await fetch(`${daemon.url()}/ingest/state`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([...crowded, ...special]),
  })
  expect(answer.status).toBe(202)
  await eventually('all agents in the picture', async () => {
    const list = (await (await fetch(`${daemon.url()}/api/v1/agents?limit=0`)).json()) as AgentsDocument
    return list.matched === crowd + 3
  })
})
afterAll(() => daemon?.dispose())

const oneLine = (text: string): string => text.replaceAll('\n', '')

describe('beacon agents', () => {
  test('a table, and on stderr how the fleet is', async () => {
    const { code, stdout, stderr } = await run(['agents', '--where', 'agent:worker-*', '--sort', 'agent'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^AGENT +HEALTH +NEEDS +STATUS +TASK +RATE +ERRORS +IDLE +LAST EVENT\n/)
    expect(stdout).toMatch(/\nworker-1 +healthy +- +running +llm_call +\d\.\d +0 +\w+ +nearly done\n/)
    expect(stdout).toMatch(/\nworker-2 +healthy +\S+ +error +- +\d\.\d +1 +\w+ +error: upstream 503\n$/)
    expect(stderr).toMatch(/^2 of 623 agents match\n623 agents: 623 healthy; .*events\/s\n$/)
  })

  test('into a pipe it lists all of them, each once', async () => {
    const { stdout } = await run('agents -o jsonl --sort agent --where status:idle')
    const agents = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ListedAgent & { schema: string })
    expect(agents).toHaveLength(crowd)
    expect(agents[0]).toMatchObject({ schema: 'beacon.agent.v1', agent_id: 'crowd-000', status: 'idle' })
    expect(new Set(agents.map(({ agent_id }) => agent_id)).size).toBe(crowd)
  })

  test('-n, --sort and --reverse choose the ones shown, and the rest is counted', async () => {
    const { stdout, stderr } = await run('agents -n 2 --sort agent --reverse')
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'AGENT',
      'worker-2',
      'worker-1',
      '',
    ])
    expect(stderr).toMatch(/^… and 621 more: /)
  })

  test('json is the document of GET /api/v1/agents', async () => {
    const { stdout } = await run('agents --sort agent -n 3 -o json')
    const document = JSON.parse(stdout) as AgentsDocument
    const answer = await fetch(`${daemon.url()}/api/v1/agents?sort=agent&limit=3`)
    const other = (await answer.json()) as AgentsDocument
    expect(Object.keys(document).sort()).toEqual(Object.keys(other).sort())
    expect(document).toMatchObject({ schema: 'beacon.agents.v1', matched: 623, offset: 0 })
    expect(Object.keys(document.agents[0] ?? {})).toEqual(Object.keys(other.agents[0] ?? {}))
  })

  test('csv has every field', async () => {
    const { stdout } = await run('agents --where agent:worker-2 -o csv')
    const [head, row] = stdout.split('\r\n')
    expect(head).toBe(
      'agent_id,health,needs,status,activity,task,rate,errors,events,gaps,missing,status_since,last_seen,idle_s,seq,text',
    )
    expect(row).toMatch(/^worker-2,healthy,.*,error: upstream 503$/)
  })

  test('--group counts by a field', async () => {
    const { stdout } = await run(['agents', '--group', 'meta.team', '--where', 'agent:crowd-*', '-o', 'csv'])
    expect(stdout.split('\r\n').slice(0, 3)).toEqual([
      'key,agents,healthy,late,suspect,unhealthy,stopped,needs,rate,errors',
      expect.stringMatching(/^even,310,310,0,0,0,0,0,/),
      expect.stringMatching(/^odd,310,310,/),
    ])
    const json = JSON.parse((await run('agents --group status -o json')).stdout)
    expect(json).toMatchObject({ schema: 'beacon.agents.v1', groups: expect.any(Array), other_groups: 0 })
  })

  test('nothing matched: 3, and json is a document all the same', async () => {
    const table = await run('agents --where agent:nobody')
    expect(table).toMatchObject({ code: 3, stdout: '' })
    expect(table.stderr).toContain('none of 623 agents matches')
    const json = await run('agents --where agent:nobody -o json')
    expect(json.code).toBe(3)
    expect(JSON.parse(json.stdout)).toMatchObject({ matched: 0, agents: [] })
  })

  test.each([
    ['--sort rat', /--sort: 'rat' is none of .*; did you mean rate\?/],
    ['--group statu', /--group: 'statu' is none of .*; did you mean status\?/],
    ['--where helth:x', /helth is no field: did you mean health\?[\s\S]*\n {2}helth:x\n {2}\^{5}\n/],
    ['-n 0', /--limit: '0'/],
    ['--at tomorrow', /--at: 'tomorrow' is no time/],
  ])('%s is wrong usage', async (args, message) => {
    const { code, stderr } = await run(`agents ${args}`)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  test('--at shows the fleet as it was', async () => {
    const before = await run('agents --at 2020-01-01T00:00:00Z')
    expect(before).toMatchObject({ code: 3, stdout: '' })
    const { code, stdout } = await run('agents --at now --where agent:worker-1')
    expect(code).toBe(0)
    expect(stdout).toContain('worker-1')
  })
})

describe('beacon agent', () => {
  test('one page: state, why, numbers, metadata, last events', async () => {
    const { code, stdout } = await run('agent worker-1')
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^worker-1\nhealthy · running for .* · busy · task llm_call\n\nWHY\n {2}#\d+ \d\d:\d\d:\d\dZ {2}\S/,
    )
    expect(stdout).toMatch(/\nNUMBERS\n {2}events +2, /)
    expect(stdout).toMatch(/\nMETADATA\n {2}task +llm_call\n {2}note +nearly done\n/)
    expect(stdout).toMatch(/\nLAST EVENTS\n.* running +llm_call +half done\n.* nearly done\n$/)
  })

  test('json is the document of GET /api/v1/agents/:id, with the last events', async () => {
    const { stdout } = await run('agent worker-1 -n 1 -o json')
    const { recent, ...document } = JSON.parse(stdout)
    const answer = await fetch(`${daemon.url()}/api/v1/agents/worker-1`)
    expect(Object.keys(document).sort()).toEqual(Object.keys((await answer.json()) as object).sort())
    expect(document).toMatchObject({ schema: 'beacon.agent.v1', agent_id: 'worker-1', events: 2 })
    expect(recent).toMatchObject([{ agent_id: 'worker-1', metadata: { note: 'nearly done' } }])
  })

  test('the same events are at GET /api/v1/events, page by page', async () => {
    const get = async (query: string) => (await fetch(`${daemon.url()}/api/v1/events?${query}`)).json()
    const first = (await get('agent=worker-1&limit=1')) as { events: { seq: number }[]; more: boolean }
    expect(first).toMatchObject({ more: true, events: [{ metadata: { note: 'half done' } }] })
    const next = await get(`agent=worker-1&from_seq=${Number(first.events[0]?.seq) + 1}&since=1h`)
    expect(next).toMatchObject({ more: false, events: [{ metadata: { note: 'nearly done' } }] })
  })

  test('a mistyped id: 3, and the one that was meant', async () => {
    const { code, stderr } = await run('agent wroker-1')
    expect(code).toBe(3)
    expect(stderr).toContain("no agent 'wroker-1' was heard of")
    expect(stderr).toContain('Did you mean worker-1?')
  })

  test('--at shows it as it was', async () => {
    expect(await run('agent worker-1 --at 2020-01-01T00:00:00Z')).toMatchObject({ code: 3, stdout: '' })
    expect((await run('agent worker-1 --at now')).stdout).toMatch(/^worker-1\n/)
  })

  test('what an agent says cannot steer the terminal', async () => {
    const page = await run(['agent', hostile])
    expect(page.code).toBe(0)
    expect(page.stdout).toContain('evil\\e[2J\\u{202e}id')
    const list = await run(['agents', '--where', 'agent:evil*', '-o', 'wide'])
    const missing = await run(['agent', `${hostile}x`])
    expect(missing.stderr).toContain('Did you mean evil')
    for (const text of [page.stdout, list.stdout, list.stderr, missing.stderr])
      expect(escapeControl(oneLine(text))).toBe(oneLine(text))
  })
})

test('without a daemon: 4', async () => {
  const nowhere = { home: '/nonexistent/home' }
  expect(await beacon('agents', nowhere)).toMatchObject({ code: 4, stdout: '' })
  expect(await beacon('agent a', nowhere)).toMatchObject({ code: 4, stdout: '' })
})
