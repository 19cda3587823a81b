// From the key to the command: a reason, a typed confirmation, the sending, and the page of what becomes of it.

import type { CommandAnswer } from '../../core/order.ts'
import type { Answer, Effect, Model, Prompt } from '../model.ts'
import { withPrompt } from '../open-prompt.ts'
import { open, withNotice } from '../tell.ts'
import {
  commandWords,
  confirmationOf,
  type Draft,
  type DraftCommand,
  describeAgents,
  judgeReason,
  targetsOf,
  toPreviewRequest,
  toRequest,
} from './draft.ts'

type Step = readonly [model: Model, effects: Effect[]]

/** Asks who that would be, while the reason is typed. */
export function beginDraft(model: Model, command: DraftCommand, agents: readonly string[]): Step {
  const word = commandWords[command]
  if (model.readonly) return [withNotice(model, `read-only: nothing is to ${word} here`), []]
  if (model.travel) return [withNotice(model, `the past is over: t comes back to ${word} in the present`), []]
  if (model.draft?.sending) return [withNotice(model, 'the command before is on its way'), []]
  if (agents.length === 0) return [withNotice(model, `nobody to ${word}: select an agent or mark some`), []]
  const draft: Draft = {
    command,
    agents,
    reason: '',
    preview: null,
    error: null,
    sending: false,
    begun_ms: model.now_ms,
  }
  return [withPrompt({ ...model, draft }, { name: 'reason', text: '' }), [askPreview(draft)]]
}

/** The reason is typed: now the confirmation. */
export function confirmReason(model: Model, draft: Draft, prompt: Prompt): Step {
  const reason = prompt.text.trim()
  const wrong = reason === '' ? 'a reason is needed: it goes into the audit' : judgeReason(reason)
  if (wrong !== null) return [withError(model, prompt, wrong), []]
  return [withPrompt({ ...model, draft: { ...draft, reason } }, { name: 'confirm', text: '' }), []]
}

export function confirmDraft(model: Model, draft: Draft, prompt: Prompt): Step {
  const word = commandWords[draft.command]
  if (!draft.preview) {
    if (draft.error === null) return [withError(model, prompt, 'Beacon is still asked who that would be'), []]
    return [{ ...model, draft: { ...draft, error: null } }, [askPreview(draft)]]
  }
  if (targetsOf(draft).length === 0) return [withError(model, prompt, 'Beacon knows none of them'), []]
  const wanted = confirmationOf(draft)
  if (prompt.text.trim() !== wanted) return [withError(model, prompt, `type ${wanted} to ${word}`), []]
  return [
    { ...model, prompt: null, draft: { ...draft, error: null, sending: true } },
    [ask(draft, 'send', toRequest(draft))],
  ]
}

/** The page of the command shows what becomes of it; what was not sent can be confirmed once more. */
export function takeDraftAnswer(model: Model, id: string, answer: Answer): Step {
  const { draft } = model
  if (!draft) return [model, []]
  if (id === idOf(draft, 'preview')) {
    const said = answer.ok ? { preview: answer.value as CommandAnswer } : { error: answer.error }
    return [{ ...model, draft: { ...draft, ...said } }, []]
  }
  if (id !== idOf(draft, 'send')) return [model, []]
  if (!answer.ok) {
    const again = { ...draft, error: answer.error, sending: false }
    return [withPrompt({ ...model, draft: again }, { name: 'confirm', text: '' }), []]
  }
  const { command_id } = answer.value as CommandAnswer
  const said = `${commandWords[draft.command]} of ${describeAgents(targetsOf(draft))} is ordered`
  return open(withNotice({ ...model, draft: null }, said), { view: 'control', command: command_id })
}

const idOf = ({ begun_ms }: Draft, what: 'preview' | 'send'): string => `${what} ${begun_ms}`

const askPreview = (draft: Draft): Effect => ask(draft, 'preview', toPreviewRequest(draft))

const ask = (draft: Draft, what: 'preview' | 'send', request: ReturnType<typeof toRequest>): Effect => ({
  type: 'ask',
  ask: { view: 'order', id: idOf(draft, what), what: 'order', request },
})

const withError = (model: Model, prompt: Prompt, message: string): Model => ({
  ...model,
  prompt: { ...prompt, error: { message, position: 0, length: Math.max(1, prompt.text.length) } },
})
