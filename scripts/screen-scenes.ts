// What the pictures of docs/top.md show: the keys that lead there, and the text by which one knows that one is there.

export type Scene = {
  /** The picture is docs/img/top-<name>.svg. */
  name: string
  /** Read out in place of the picture. */
  title: string
  args?: string[]
  steps: { press?: string; until: RegExp }[]
  size?: { columns: number; rows: number }
  /** How long the view is left to fill, in milliseconds. */
  rest_ms?: number
}

/** A row of an agent. */
const row = /agent-\d{5}/

/** Nothing is asked of the archive any more. */
const answered = /^(?![\s\S]*\basking\b)/

export const scenes: Scene[] = [
  {
    name: 'fleet',
    title: 'beacon top, fleet: health of 1,000 agents at a glance, and their table, the worst first',
    steps: [{ until: /HEALTH/ }, { until: row }],
  },
  {
    name: 'feed',
    title: 'beacon top, feed: the events as they come',
    steps: [{ press: '2', until: /following/ }],
    rest_ms: 3_000,
  },
  {
    name: 'agent',
    title: 'beacon top, agent: one agent, its history, and the reasons for its state',
    steps: [
      { press: '4', until: /WHY/ },
      { until: row },
      { press: '\r', until: /timeline/ },
      { until: answered },
    ],
    rest_ms: 3_000,
  },
  {
    name: 'attention',
    title: 'beacon top, attention: who needs a person, the most urgent first',
    steps: [{ press: '4', until: /WHY/ }, { until: row }],
  },
  {
    name: 'services',
    title: 'beacon top, services: every process, the broker, the disk and the books',
    steps: [{ press: '5', until: /aggregator/ }],
    rest_ms: 10_000,
  },
  {
    name: 'charts',
    title: 'beacon top, charts: throughput, latency, and agents by status over time',
    // A dot of a braille chart.
    steps: [{ press: '6', until: /[\u2801-\u28ff]/ }],
    rest_ms: 3_000,
  },
  {
    name: 'bars',
    title: 'beacon top, bars: the beat, the bar that is filling up, and the reports of those before',
    // Rows of past bars: their issues are the last column.
    steps: [{ press: '7', until: /past bars/ }, { until: /\d\d:\d\d:\d\d +\d+ / }],
    rest_ms: 5_000,
  },
  {
    name: 'time-travel',
    title: 'beacon top, time travel: the fleet as it was a minute ago',
    steps: [{ press: 't', until: /TIME −/ }, { press: '[', until: /TIME −1m/ }, { until: row }],
    rest_ms: 3_000,
  },
  {
    name: 'help',
    title: 'beacon top, help: the keys of this view and those of all',
    steps: [{ press: '?', until: /EVERYWHERE/ }],
  },
  {
    name: 'palette',
    title: 'beacon top, palette: every view and action by name',
    steps: [{ press: ':', until: /palette/ }],
  },
  {
    name: '80x24',
    title: 'beacon top, fleet, on a terminal of 80 columns and 24 rows',
    steps: [{ until: row }],
    size: { columns: 80, rows: 24 },
  },
]
