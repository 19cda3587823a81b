// What the screen is run with: its data, its terminal, and how it begins.

import type { Memory, Moment, Place } from './model.ts'
import type { TopPorts } from './ports.ts'

export type TopOptions = {
  ports: TopPorts
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  /** False: bold and the like only, no colours. */
  color: boolean
  /** What the terminal can: 16 colours, or 256. */
  level?: 1 | 2
  ascii?: boolean
  place?: Partial<Place>
  memory?: Partial<Memory>
  readonly?: boolean
  /** How people call the instance. */
  name?: string
  /** The moment at which it starts; absent for the present. */
  moment?: Moment
  /** Aborts when the world wants the command to end. */
  signal: AbortSignal
}
