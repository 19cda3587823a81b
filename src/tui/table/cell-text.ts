// Text from an agent in a cell: only as much of it as any screen could show is made safe, since it may be very long.

import { toSafeText } from '../line.ts'

const shown_max = 400

export const cellText = (text: string): string =>
  toSafeText(text.length > shown_max ? `${text.slice(0, shown_max)}…` : text)
