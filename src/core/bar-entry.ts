// What a bar knows of one agent, in a byte: 0 when it has not reported.

/** Its last state: index in `claimStates` + 1. */
export const stateMask = 15
/** It completed, or reviewed to the end, in time. */
export const reviewedFlag = 16
/** A claim of its came when the bar was over. */
export const lateFlag = 32
export const failedFlag = 64
/** It promised help or failed: its tasks are kept beside. */
export const tasksFlag = 128
