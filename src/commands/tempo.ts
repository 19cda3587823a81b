// `beacon tempo`: the tempo of the swarm, shown or changed.

import type { TempoDocument } from '../core/pulse-document.ts'
import { parseTempo } from '../core/tempo.ts'
import { argument, defineCommand } from './command-spec.ts'
import { printDocument } from './output.ts'

export const tempoCommand = defineCommand({
  name: 'tempo',
  group: 'watch',
  summary: 'show the tempo of the swarm, or change it',
  description:
    'Without a number it shows the tempo and what it may be changed to: at most a tenth more or less at a time.\n\n' +
    'A change is written down when the command returns, and begins with the beat that it names. The tempo is kept over restarts; the setting `tempo` counts for a new cluster only.',
  arguments: {
    bpm: argument({
      metavar: 'BPM',
      help: 'Beats per minute, 0.1 to 1000 in steps of 0.1.',
      parse: parseTempo,
    }),
  },
  examples: [
    { command: 'beacon tempo', explains: 'the tempo, and what it may become' },
    { command: 'beacon tempo 132', explains: 'a tenth more than 120' },
  ],
  exitCodes: { 4: 'no pulse answers', 5: 'too far from the present tempo; the message names the range' },
  async run(context) {
    const { bpm } = context.args
    const [{ connectDaemon, toCluster }, { changeTempo, fetchPulse }] = await Promise.all([
      import('./connect-daemon.ts'),
      import('../client/pulse-client.ts'),
    ])
    const cluster = toCluster(context)
    const nc = await connectDaemon(context, bpm === undefined ? 'reader' : 'operator', 'beacon-tempo')
    try {
      const tempo: Tempo =
        bpm === undefined ? await fetchPulse(nc, cluster) : await changeTempo(nc, cluster, bpm)
      const { tempo_bpm, tempo_next, tempo_min_bpm, tempo_max_bpm } = tempo
      await printDocument(
        context,
        { cluster_id: tempo.cluster_id, tempo_bpm, tempo_next, tempo_min_bpm, tempo_max_bpm },
        { name: 'tempo', text: () => toText(tempo) },
      )
    } finally {
      await nc.close()
    }
  },
})

type Tempo = Omit<TempoDocument, 'schema'>

const toText = ({ tempo_bpm, tempo_next, tempo_min_bpm, tempo_max_bpm }: Tempo): string =>
  tempo_next
    ? `${tempo_next.bpm} BPM from beat ${tempo_next.at_beat} on, ${tempo_bpm} until then\n`
    : `${tempo_bpm} BPM; it may go to ${tempo_min_bpm}–${tempo_max_bpm}\n`
