// Whatever agents are called and say: each view fills its rows, no line is too wide, and nothing steers the terminal.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { displayWidth } from '../../../src/core/display-width.ts'
import { agentInit } from '../../../src/tui/agent/agent-state.ts'
import { agentView } from '../../../src/tui/agent/agent-view.ts'
import { feedInit } from '../../../src/tui/feed/feed-state.ts'
import { feedView } from '../../../src/tui/feed/feed-view.ts'
import { makeModel } from '../../../src/tui/model.ts'
import { makePaint } from '../../../src/tui/paint.ts'
import { makeDocument } from '../agent/agent-document.ts'
import { start_ms } from '../frames.ts'
import { answerEvents, makeEvent } from './fake-historian.ts'

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '\u001b[2J',
    '\u001b]0;x\u0007',
    '\u009b31m',
    '\u202eevil',
    '👨‍👩‍👧',
    '🇩🇪',
    'é'.repeat(30),
    '日本語'.repeat(40),
    '\r\n',
    '\u200b\u2066',
    'x'.repeat(5_000),
  ),
)
const paints = [
  makePaint({ color: false, theme: 'mono', ascii: false }),
  makePaint({ color: true, theme: 'dark', ascii: false }),
  makePaint({ color: true, theme: 'light', ascii: true }),
]

function expectHarmless(lines: string[], size: { columns: number; rows: number }): void {
  expect(lines.length).toBe(size.rows)
  for (const line of lines) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: only our own colours may remain
    const text = line.replace(/\u001b\[[0-9;]+m/g, '')
    expect(text).not.toMatch(/\p{Cc}|\u200d|\ufe0f|[\u202a-\u202e\u2066-\u2069]/u)
    expect(text.isWellFormed()).toBe(true)
    expect(displayWidth(text)).toBeLessThanOrEqual(size.columns)
  }
}

test('the feed and the agent view are harmless and fit, with and without a panel', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(hostile, hostile, hostile, hostile), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 20, max: 200 }),
      fc.integer({ min: 1, max: 60 }),
      hostile,
      (texts, columns, rows, said) => {
        const size = { columns, rows }
        const events = texts.map(([agent_id, status, key, value], i) =>
          makeEvent(i + 1, {
            agent_id,
            status,
            metadata: { [key]: value, error: value, list: [key, { value }] },
          }),
        )
        const [agent = ''] = texts[0] ?? []
        const model = makeModel({
          columns,
          rows: rows + 6,
          now_ms: 0,
          wall_ms: start_ms,
          place: { view: 'feed', agent, where: said },
        })
        const document = makeDocument({
          agent_id: agent,
          status: said,
          task: said,
          reasons: [{ code: 'status', says: `${said} ${said}`, seq: 1 }],
          metadata: { [said]: said },
        })
        for (const view of [feedView, agentView]) {
          // biome-ignore lint/suspicious/noExplicitAny: each view gets its own state back
          let state: any = view === feedView ? feedInit : agentInit
          const send = (message: Parameters<typeof feedView.update>[2]): void => {
            const [next, effects] = view.update(model, state as never, message, size)
            state = next
            for (const effect of effects) {
              if (effect.type !== 'ask') continue
              const { ask } = effect
              const value = ask.what === 'events' ? answerEvents(events, ask.request) : document
              const answer =
                said.length % 5 === 4 ? ({ ok: false, error: said } as const) : ({ ok: true, value } as const)
              send({ type: 'answer', id: ask.id, answer })
            }
          }
          send({ type: 'entered' })
          send({ type: 'search', text: said })
          for (const action of ['none', 'up', 'open', 'page_down', 'why', 'back'])
            for (const paint of paints) {
              send({ type: 'action', action })
              expectHarmless(view.lines(model, state as never, size, paint), size)
            }
        }
      },
    ),
    { numRuns: 40 },
  )
}, 60_000)
