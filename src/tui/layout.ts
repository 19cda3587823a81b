// Who gets which rows of the screen.

export const size_min = { columns: 60, rows: 15 }

export type Layout = { agents: number; newest: number }

/** Header, two rules, the table's heading, a rule, two lines of numbers, the footer. */
const fixed_rows = 8

/** Rows for agents and for the newest events. */
export function toLayout(rows: number): Layout {
  const free = Math.max(2, rows - fixed_rows)
  const newest = Math.max(1, Math.floor(free * 0.35))
  return { agents: free - newest, newest }
}

export const isTooSmall = ({ columns, rows }: { columns: number; rows: number }): boolean =>
  columns < size_min.columns || rows < size_min.rows
