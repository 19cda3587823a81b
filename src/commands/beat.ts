// `beacon beat`: where the swarm is in its bar, who leads, and how well the beat is kept.

import { BeaconError } from '../core/errors.ts'
import { toBeatPage } from './beat-page.ts'
import type { CommandContext } from './command-context.ts'
import { defineCommand, flag } from './command-spec.ts'
import { printDocument } from './output.ts'

export const beatCommand = defineCommand({
  name: 'beat',
  group: 'watch',
  summary: 'show the beat of the swarm, or follow it',
  description:
    'The present beat with its phase (plan, execute, review), its bar and window, the tempo, the pulse that leads, and how exactly its frames are sent.\n\n' +
    'With -f one line a beat, until Ctrl-C. When no frame comes for two beats, the beat is counted on here and its lines say so.',
  options: { follow: flag({ flags: '-f, --follow', help: 'Print each beat as it comes.' }) },
  examples: [
    { command: 'beacon beat', explains: 'one glance' },
    { command: 'beacon beat -f', explains: 'beat by beat, with its phases' },
    { command: 'beacon beat -f -o jsonl', explains: 'for a program' },
  ],
  exitCodes: { 4: 'no pulse answers' },
  async run(context) {
    if (context.options.follow && context.output === 'json')
      throw new BeaconError('usage', 'a document cannot follow', { hint: 'Use -o jsonl.' })
    const [{ connectDaemon, toCluster }, { fetchPulse }] = await Promise.all([
      import('./connect-daemon.ts'),
      import('../client/pulse-client.ts'),
    ])
    const cluster = toCluster(context)
    const nc = await connectDaemon(context, 'reader', 'beacon-beat')
    try {
      if (context.options.follow) {
        const { followBeat } = await import('./follow-beat.ts')
        // Nobody there is said at once, rather than by silence.
        await fetchPulse(nc, cluster)
        return await followBeat(context, nc, cluster)
      }
      const pulse = await fetchPulse(nc, cluster)
      const { schema: _, ...document } = pulse
      await printDocument(context, document, { name: 'pulse', text: () => toBeatPage(pulse) })
      noteSetting(context, pulse.beats_per_bar)
    } finally {
      await nc.close()
    }
  },
})

/** A bar's length is fixed with the first beat of a cluster. */
function noteSetting(
  { configEntries, config, io }: Pick<CommandContext, 'configEntries' | 'config' | 'io'>,
  beats_per_bar: number,
): void {
  const entry = configEntries.find(({ key }) => key === 'beats_per_bar')
  if (entry?.origin === 'default' || config.beats_per_bar === beats_per_bar) return
  io.note(
    `The setting beats_per_bar = ${config.beats_per_bar} has no effect: this cluster began with bars of ${beats_per_bar}.`,
  )
}
