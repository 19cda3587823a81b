// What an agent does, by the status that it names: which clock its silence counts against.

import { type Activity, activities } from './health.ts'

const split = (text: string): string[] => text.split(/\s+/)

/** First words of statuses, by the activity that they name. Others say nothing: then a named task makes the agent busy. */
const words: Record<Activity, string[]> = {
  idle: split(`idle ready available standby online listening sleeping ok healthy up connected registered created queued
    pending scheduled error errored failed failure crashed aborted cancelled canceled timeout`),
  busy: split(`run running busy work working execute executing progress thinking think plan planning review reviewing
    tool tools start started starting processing generating searching reading writing coding building testing calling
    helping resuming`),
  waiting:
    split(`wait waiting await awaiting block blocked need needs input approval approve confirm confirmation
    permission`),
  paused: split('pause paused pausing suspended suspend'),
  done: split('done complete completed finish finished success succeeded ended'),
}

/** Last words: with kind `lifecycle` the agent is gone; in another event it is done. */
const lastWords = new Set(
  split('stop stopped exit exited shutdown shut terminated killed quit gone offline disconnected'),
)

const byWord = new Map<string, Activity>(
  activities.flatMap((activity) => words[activity].map((word): [string, Activity] => [word, activity])),
)

/** `waiting_for_input`, `Tool: web search`, `inProgress` → its activity; undefined when the status says nothing of it. */
export function activityOfStatus(status: string): Activity | undefined {
  const [first = '', second = ''] = wordsOf(status)
  if (lastWords.has(first)) return 'done'
  return byWord.get(first === 'in' ? second : first)
}

export const isFinalStatus = (status: string): boolean => lastWords.has(wordsOf(status)[0] ?? '')

const wordsOf = (status: string): string[] =>
  status
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
