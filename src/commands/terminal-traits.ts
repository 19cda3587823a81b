// What the terminal can show, as far as its variables tell.

export type TerminalTraits = {
  /** Only ASCII can be trusted to look right. */
  ascii: boolean
  /** Colours: 16, or 256. What shows more gets 256 too: twice as many bytes for the same picture would be waste. */
  level: 1 | 2
}

/** Terminals whose font or decoder has no box drawing. */
const plainTerminals = ['linux', 'dumb', 'vt100', 'vt102', 'vt220', 'ansi', 'cons25']

export function toTerminalTraits(env: NodeJS.ProcessEnv): TerminalTraits {
  const term = env.TERM ?? ''
  // The order of POSIX; a machine without any of them most likely has a terminal of today.
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || 'UTF-8'
  const rich = /^(truecolor|24bit)$/.test(env.COLORTERM ?? '')
  return {
    ascii: plainTerminals.includes(term) || !/utf-?8/i.test(locale),
    level: rich || term.includes('256') ? 2 : 1,
  }
}
