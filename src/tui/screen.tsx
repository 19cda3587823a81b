// The one Ink component: lines that are already laid out and painted, and the keys.

import { Box, Text, useApp, useInput } from 'ink'
import { type ReactNode, useEffect } from 'react'
import { toKeyName } from './keys.ts'

/** Gives the terminal away while the callback runs, and draws anew afterwards. */
export type Suspend = (callback: () => Promise<void>) => Promise<void>

export type ScreenProps = { lines: string[]; onKey(key: string): void; onMount(suspend: Suspend): void }

export function Screen({ lines, onKey, onMount }: ScreenProps): ReactNode {
  const { suspendTerminal } = useApp()
  useEffect(() => onMount(suspendTerminal), [onMount, suspendTerminal])
  useInput((input, press) => {
    const name = toKeyName(input, press)
    // Keys pressed while we were busy come as one text.
    if (name.length > 1 && name === input) for (const letter of input) onKey(toKeyName(letter, {}))
    else onKey(name)
  })
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its row on the screen
        <Text key={row} wrap="truncate">
          {line === '' ? ' ' : line}
        </Text>
      ))}
    </Box>
  )
}
