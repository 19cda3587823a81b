import { expect, test } from 'vitest'
import { toAgentPage } from '../../src/commands/agent-page.ts'
import type { AgentDocument } from '../../src/core/agent-document.ts'
import { toAgentDocument } from '../../src/core/explain-agent.ts'
import { fold, makeFleet } from '../../src/core/fleet.ts'

const start_ms = 1_782_475_200_000

function agentAfter(silence_ms: number, call: object): AgentDocument {
  const fleet = makeFleet()
  const said = { seq: 1, agent_id: 'a', kind: 'heartbeat', status: 'running', metadata: '{}' } as const
  fold(fleet, { ...said, received_at_ms: start_ms, ...call })
  return toAgentDocument(fleet, 0, start_ms + silence_ms)
}
const pageOf = (agent: AgentDocument): string => toAgentPage({ agent, recent: [], clocks: new Map() }, 200)

test('a lease is shown with what is left of it, its installation and where that runs', () => {
  const call = { lease_ms: 60_000, installation_id: 'i1', platform: '{"type":"docker","image":"agents:7"}' }
  const page = pageOf(agentAfter(25_000, call))
  expect(page).toMatch(/\n {2}lease +until 2026-06-26T12:01:00\.000Z, 35s left\n/)
  expect(page).toMatch(/\n {2}installation +i1\n {2}platform +docker {2}image agents:7\n/)
  expect(pageOf(agentAfter(90_000, call))).toMatch(/, over for 30s\n/)
})

test('an agent that never registered has no such lines', () => {
  expect(pageOf(agentAfter(0, {}))).not.toMatch(/lease|installation|platform/)
})

test('nothing of a platform can steer the terminal', () => {
  const platform = JSON.stringify({ type: 'dock\u001b[2Jer', 'k\u0007': '\u009b2J\u202e' })
  const page = pageOf(agentAfter(0, { platform, installation_id: 'i\u001b[2J' }))
  expect(page).toMatch(/platform +dock/)
  expect(page.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}/u)
})
