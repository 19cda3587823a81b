// What the agent view remembers.

import type { AgentDocument } from '../../core/agent-document.ts'

export type AgentState = { document: AgentDocument | null; error: string | null }

export const agentInit: AgentState = { document: null, error: null }
