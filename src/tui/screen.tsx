// The one Ink component: lines that are already laid out and painted.

import { Box, Text, useApp } from 'ink'
import { type ReactNode, useEffect } from 'react'

/** Gives the terminal away while the callback runs, and draws anew afterwards. */
export type Suspend = (callback: () => Promise<void>) => Promise<void>

export type ScreenProps = { lines: string[]; onMount(suspend: Suspend): void }

export function Screen({ lines, onMount }: ScreenProps): ReactNode {
  const { suspendTerminal } = useApp()
  useEffect(() => onMount(suspendTerminal), [onMount, suspendTerminal])
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
