// What the agent view remembers.

import type { AgentDocument } from '../../core/agent-document.ts'
import { browserInit, type EventBrowser } from '../event/event-browser.ts'

export type AgentState = {
  /** The agent and the moment that are shown. */
  key: string | null
  document: AgentDocument | null
  /** Why there is no newer document, in words. Not escaped. */
  error: string | null
  browser: EventBrowser
  /** Which of `bucket_steps_ms` a cell of the timeline stands for. */
  zoom: number
  /** The reason whose event was opened last, by its place. */
  reason: number
}

/** Time that a cell of the timeline stands for. */
export const bucket_steps_ms = [1, 2, 5, 10, 30, 60, 300, 900, 3_600].map((seconds) => seconds * 1_000)

export const agentInit: AgentState = {
  key: null,
  document: null,
  error: null,
  browser: browserInit,
  zoom: 2,
  reason: -1,
}
