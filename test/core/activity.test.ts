import { expect, test } from 'vitest'
import { activityOfStatus, isFinalStatus } from '../../src/core/activity.ts'
import { claimStates } from '../../src/core/status-claim.ts'

test.each([
  ['running', 'busy'],
  ['Executing', 'busy'],
  ['in_progress', 'busy'],
  ['inProgress', 'busy'],
  ['In progress: step 3', 'busy'],
  ['tool:web_search', 'busy'],
  ['tool_use', 'busy'],
  ['THINKING', 'busy'],
  ['reviewing', 'busy'],
  ['waiting', 'waiting'],
  ['waiting_for_input', 'waiting'],
  ['waitingForApproval', 'waiting'],
  ['needs input', 'waiting'],
  ['approval-required', 'waiting'],
  ['blocked', 'waiting'],
  ['paused', 'paused'],
  ['done', 'done'],
  ['Completed successfully', 'done'],
  ['stopped', 'done'],
  ['idle', 'idle'],
  ['ready', 'idle'],
  ['error', 'idle'],
  ['FAILED', 'idle'],
  ['crashed', 'idle'],
  ['queued', 'idle'],
])('%s is %s', (status, activity) => {
  expect(activityOfStatus(status)).toBe(activity)
})

test('every state of a claim names its activity', () => {
  expect(claimStates.map((state) => `${state} ${activityOfStatus(state)}`)).toEqual([
    'idle idle',
    'planning busy',
    'executing busy',
    'reviewing busy',
    'completed done',
    'failed idle',
    'blocked waiting',
    'helping busy',
  ])
})

test.each(['', '…', 'runner', 'phase 2', '日本', 'in', 'constructor', '__proto__'])(
  '%j says nothing of it',
  (status) => {
    expect(activityOfStatus(status)).toBeUndefined()
  },
)

test.each([
  ['stopped', true],
  ['Exited: 0', true],
  ['shutdown', true],
  ['shut_down', true],
  ['stopping', false],
  ['terminated', true],
  ['killed', true],
  ['started', false],
  ['done', false],
  ['paused', false],
  ['not stopped', false],
])('%s as a last word: %s', (status, expected) => {
  expect(isFinalStatus(status)).toBe(expected)
})
