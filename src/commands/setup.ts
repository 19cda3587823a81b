// `beacon setup`: finds or fetches a fitting nats-server, and says which.

import { defineCommand } from './command-spec.ts'
import { printDocument } from './output.ts'

export const setupCommand = defineCommand({
  name: 'setup',
  group: 'instance',
  summary: 'Find or fetch a fitting nats-server',
  description:
    'Looks for a nats-server on PATH and in the cache of Beacon, and fetches one when neither fits: the release archive of its project, or the signed package of Debian. Nothing outside the cache folder is changed, and root is not needed. Running it again changes nothing.\n\nThe profile durable needs nats-server 2.15 or newer, fast 2.10.23. BEACON_NATS_SERVER overrules the search.',
  examples: [
    { explains: 'Before the first start; `beacon daemon start` then finds it.', command: 'beacon setup' },
    { explains: 'Where it lies, for a script.', command: 'beacon setup -q -o json' },
  ],
  exitCodes: { 1: 'no fitting nats-server was found; the message says what to do by hand' },
  async run(context) {
    const { setUpNatsServer } = await import('../daemon/broker/set-up-nats-server.ts')
    const server = await setUpNatsServer({
      explicitPath: context.env.nats_server ?? undefined,
      pathVariable: context.env.path,
      cacheDir: context.env.cache_dir,
      signal: context.signal,
      onStep(step) {
        // Only what needs the network takes time and is worth a word; the rest is for -v.
        const isSlow = step.route === 'release' || step.route === 'debian'
        const say = isSlow ? context.io.note : context.io.detail
        if (step.state === 'trying') say(`${step.route}: looking …`)
        if (step.state === 'failed') say(`${step.route}: ${step.reason}`)
      },
    })
    const { path, version, origin, profiles } = server
    await printDocument(
      context,
      { path, version, origin, profiles },
      {
        name: 'setup',
        text: () => `nats-server ${version}, fit for ${profiles.join(' and ')}: ${path} (${origin})\n`,
      },
    )
  },
})
