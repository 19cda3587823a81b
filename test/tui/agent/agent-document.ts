// An agent's document for tests.

import type { AgentDocument } from '../../../src/core/agent-document.ts'
import { start_ms } from '../frames.ts'

export const makeDocument = (changes: Partial<AgentDocument> = {}): AgentDocument => ({
  schema: 'beacon.agent.v1',
  at: new Date(start_ms + 60_000).toISOString(),
  agent_id: 'agent-3',
  health: 'unhealthy',
  status: 'running',
  status_since: new Date(start_ms).toISOString(),
  activity: 'busy',
  needs: 'stuck',
  reasons: [
    { code: 'silence', says: 'silent for 1m 42s, three times its rhythm of 34 s', seq: 52 },
    { code: 'silence', says: 'the clock of silence runs', seq: null },
    { code: 'errors', says: '3 % of its recent events were errors', seq: 31 },
  ],
  task: 'plan',
  role: 'coder',
  kind: 'state',
  rate_1s: 0.1,
  rate_10s: 0.2,
  rate_60s: 12.34,
  events: 1_234,
  errors: 12,
  error_share: 0.03,
  gaps: 1,
  reorders: 0,
  missing: 2,
  first_seen: new Date(start_ms).toISOString(),
  last_seen: new Date(start_ms + 50_000).toISOString(),
  idle_s: 10,
  expected_interval_s: 34,
  expected_from: 'rhythm',
  last_heartbeat: null,
  seq: 52,
  status_seq: 31,
  last_error_seq: 31,
  metadata: { progress: 0.4, nested: { deep: true } },
  ...changes,
})
