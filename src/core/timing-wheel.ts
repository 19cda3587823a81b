// A timing wheel: deadlines that cost nothing until they come, however often they are put off.
//
// It keeps no deadlines. Each entry lies in the slot in which its deadline was when it was put there; when that slot
// comes, the caller says where the deadline is by now. What lies further off than the wheel reaches is looked at once a
// round. So renewing is free, and an entry is looked at in the slot behind its deadline; when that was moved forward,
// within a round.

export type TimingWheel = {
  readonly slot_ms: number
  readonly slots: number[][]
  /** The slot of the moment to which it was turned, counted from the epoch. */
  slot: number
}

export function makeTimingWheel(now_ms: number, { slot_ms = 100, slots = 600 } = {}): TimingWheel {
  return {
    slot_ms,
    slots: Array.from({ length: slots }, () => []),
    slot: Math.floor(now_ms / slot_ms),
  }
}

/** `entry` must not be in the wheel. A deadline that is past comes with the next slot. */
export function putEntry(wheel: TimingWheel, entry: number, deadline_ms: number): void {
  const { slots, slot_ms, slot } = wheel
  // Behind its deadline, not before it: then one look is enough.
  const due = Math.ceil(deadline_ms / slot_ms)
  const at = Math.min(Math.max(due, slot + 1), slot + slots.length - 1)
  slots[at % slots.length]?.push(entry)
}

/** The deadline of an entry as it is now, or undefined to take the entry out. */
export type Look = (entry: number) => number | undefined

/** Turns the wheel to a moment and looks at what lies in between. A clock that goes back passes the same slots again. */
export function turnWheel(wheel: TimingWheel, now_ms: number, look: Look): void {
  const { slots, slot_ms, slot: before } = wheel
  wheel.slot = Math.floor(now_ms / slot_ms)
  const passed = Math.max(0, Math.min(wheel.slot - before, slots.length))
  // Taken out before any is put back: that may be into one of these.
  const due = Array.from({ length: passed }, (_, i) => takeSlot(slots, (before + 1 + i) % slots.length))
  for (const entry of due.flat()) {
    const deadline_ms = look(entry)
    if (deadline_ms !== undefined) putEntry(wheel, entry, deadline_ms)
  }
}

function takeSlot(slots: number[][], at: number): number[] {
  const entries = slots[at] ?? []
  if (entries.length > 0) slots[at] = []
  return entries
}
