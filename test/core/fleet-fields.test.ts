import { expect, test } from 'vitest'
import { matches, parseExpression } from '../../src/core/expression.ts'
import { fieldsFor } from '../../src/core/expression-fields.ts'
import { fold, makeFleet } from '../../src/core/fleet.ts'
import type { FleetEvent } from '../../src/core/fleet-event.ts'
import { makeFleetFields } from '../../src/core/fleet-fields.ts'

const start_ms = 1_782_475_200_000
const fleet = makeFleet()
const hear = (event: Partial<FleetEvent>) =>
  fold(fleet, {
    seq: fleet.seq + 1,
    agent_id: 'a',
    kind: 'state',
    status: 'running',
    received_at_ms: start_ms,
    metadata: '{"role":"qa","task":"plan","n":7}',
    task: 'plan',
    ...event,
  })
hear({ agent_seq: 1 })
const call = { lease_ms: 600_000, platform: '{"type":"docker"}' }
hear({ agent_seq: 5, received_at_ms: start_ms + 60_000, ...call })
hear({ agent_id: 'b', status: 'error', kind: 'heartbeat', metadata: '{}' })
const fields = makeFleetFields(fleet, start_ms + 180_000)

const who = (text: string): string[] => {
  const expression = parseExpression(text, { fields: 'agent' })
  if (!expression.ok) throw new Error(expression.error.message)
  return fleet.ids.filter((_, agent) => {
    fields.at(agent)
    return matches(expression.value, fields.get)
  })
}

test.each([
  ['', ['a', 'b']],
  ['agent:a', ['a']],
  ['status:running', ['a']],
  ['kind:heartbeat', ['b']],
  ['role:qa', ['a']],
  ['task:plan', ['a', 'b']],
  ['meta.n>6', ['a']],
  ['health:healthy', ['a']],
  ['health:unhealthy', ['b']],
  ['health:un*', ['b']],
  ['health:~^(late|unhealthy)$', ['b']],
  ['!health:healthy', ['b']],
  ['needs:gaps', ['a']],
  ['needs:unhealthy', ['b']],
  ['activity:busy', ['a']],
  ['activity:idle', ['b']],
  ['events>1', ['a']],
  ['errors:1', ['b']],
  ['gaps>0', ['a']],
  ['missing:3', ['a']],
  ['idle>=3m', ['b']],
  ['since>=3m', ['a', 'b']],
  ['since>3m', []],
  ['rate>0', ['a', 'b']],
  ['lease<=8m', ['a']],
  ['lease<8m', []],
  ['platform:docker', ['a']],
  ['!platform:docker', ['b']],
])('%s finds %j', (text, ids) => {
  expect(who(text)).toEqual(ids)
})

test('each field that an agent has is there', () => {
  fields.at(0)
  for (const { name } of fieldsFor('agent'))
    expect(fields.get(name === 'meta.<key>' ? 'meta.n' : name), name).toBeDefined()
})
