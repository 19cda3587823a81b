// What the charts remember.

export type ChartsState = { window_s: number }

export const chartsInit: ChartsState = { window_s: 300 }
