// `beacon completion`: prints the completions of a shell.

import { argument, defineCommand } from './command-spec.ts'

const shells = ['bash', 'zsh', 'fish'] as const

export const completionCommand = defineCommand({
  name: 'completion',
  group: 'tool',
  summary: 'print the completions of a shell',
  description: 'Prints a script that teaches a shell to complete the commands, options and values of beacon.',
  arguments: {
    shell: argument({ metavar: 'SHELL', help: 'The shell.', choices: shells, required: true }),
  },
  examples: [
    { explains: 'bash, in this shell', command: 'source <(beacon completion bash)' },
    {
      explains: 'zsh, for good',
      command: "beacon completion zsh > '/usr/local/share/zsh/site-functions/_beacon'",
    },
    {
      explains: 'fish, for good',
      command: 'beacon completion fish > ~/.config/fish/completions/beacon.fish',
    },
  ],
  async run({ args, io, root }) {
    await io.write((await scriptOf(args.shell))(root))
  },
})

async function scriptOf(shell: (typeof shells)[number]) {
  switch (shell) {
    case 'bash':
      return (await import('./completion-bash.ts')).toBashCompletion
    case 'zsh':
      return (await import('./completion-zsh.ts')).toZshCompletion
    case 'fish':
      return (await import('./completion-fish.ts')).toFishCompletion
  }
}
