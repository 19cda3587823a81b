// `beacon claim`: one StatusClaim, durable when it returns.

import { claimLimits } from '../core/claim-fields.ts'
import { parseOneOf } from '../core/one-of.ts'
import { err, ok, type Result } from '../core/result.ts'
import { claimStateAliases, claimStates, statusClaimType } from '../core/status-claim.ts'
import { parseWhole } from '../core/whole.ts'
import { defineCommand, option } from './command-spec.ts'

function parseShare(text: string): Result<number, string> {
  const share = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
  return share <= 1 ? ok(share) : err('is no share: write a number from 0 to 1')
}

export const claimCommand = defineCommand({
  name: 'claim',
  group: 'send',
  summary: 'send one status claim and wait until it is durable',
  description:
    'Says what an agent does in a beat, and returns when that is stored under the promise of the profile. Prints its sequence.\n\n' +
    'The beat is the present one unless --beat names another: a claim may come a bar late and a beat early.\n\n' +
    'Nothing is sent again by itself: when this fails, nothing is promised.',
  options: {
    agent: option({
      flags: '--agent',
      metavar: 'ID',
      help: 'The agent, 1 to 128 of the characters A-Z a-z 0-9 _ : -.',
      required: true,
    }),
    state: option({
      flags: '--state',
      metavar: 'S',
      help: `What it does: ${claimStates.join(', ')}.`,
      required: true,
      choices: claimStates,
      parse: parseOneOf(claimStates, { aliases: claimStateAliases }),
    }),
    task: option({ flags: '--task', metavar: 'T', help: 'The task that it works on.' }),
    beatsLeft: option({
      flags: '--beats-left',
      metavar: 'N',
      help: 'How many beats it still needs.',
      parse: parseWhole(0, claimLimits.beats_left_max),
    }),
    progress: option({
      flags: '--progress',
      metavar: 'P',
      help: 'How much is done, 0 to 1.',
      parse: parseShare,
    }),
    notes: option({ flags: '--notes', metavar: 'TEXT', help: 'At most 256 characters for people.' }),
    beat: option({
      flags: '--beat',
      metavar: 'N',
      help: 'The beat that it speaks of. Default: the present one.',
      parse: parseWhole(0),
    }),
  },
  examples: [
    {
      command: 'beacon claim --agent agent-001 --state executing --progress 0.4',
      explains: 'work in progress',
    },
    {
      command: 'beacon claim --agent agent-001 --state completed --task build',
      explains: 'done with a task',
    },
  ],
  async run(context) {
    const { options, io, output } = context
    const [{ sendClaim }, { fetchPulse }, { makeSwarmClock }, { connectDaemon, toCluster }] =
      await Promise.all([
        import('../client/claim-client.ts'),
        import('../client/pulse-client.ts'),
        import('../client/swarm-clock.ts'),
        import('./connect-daemon.ts'),
      ])
    const { agent, state, task, beatsLeft, progress, notes } = options
    const nc = await connectDaemon(context, 'agent', 'beacon-claim')
    try {
      const beat_index = options.beat ?? (await fetchPulse(nc, toCluster(context))).beat_index
      const claim = {
        type: statusClaimType,
        agent_id: agent,
        beat_index,
        state,
        hlc: makeSwarmClock(agent).next(),
        ...(task === undefined ? {} : { task_id: task }),
        ...(beatsLeft === undefined ? {} : { beats_left: beatsLeft }),
        ...(progress === undefined ? {} : { progress }),
        ...(notes === undefined ? {} : { notes }),
      } as const
      const answer = await sendClaim(nc, claim)
      await io.write(
        output === 'json' || output === 'jsonl'
          ? `${JSON.stringify({ schema: 'beacon.claim.v1', ...answer, beat_index })}\n`
          : `${answer.seq}\n`,
      )
    } finally {
      await nc.close()
    }
  },
})
