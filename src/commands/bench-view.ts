// `beacon bench view`: what the screen costs. The real screen runs in a process of its own on a terminal that only counts,
// and is fed with the frames of a real fold.

import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { viewLimits } from '../core/view.ts'
import { type BenchRow, percentile, round, toFigure, toLimit } from './bench-row.ts'
import { type BenchFeed, makeBenchFeed } from './bench-view-feed.ts'
import type { FromScreen, Reading, ToScreen } from './bench-view-screen.ts'

export type ViewBenchOptions = {
  agents: number
  /** Frames of the growth run. */
  frames: number
  /** Names of the views, in the order of their number keys. */
  views: readonly string[]
  signal: AbortSignal
  onStep(text: string): void
}

export type ViewBench = {
  views: { view: string; frames: number; cpu_ms_per_frame: number; bytes_per_frame: number }[]
  key_p50_ms: number
  key_p95_ms: number
  growth: { frames: number; heap_before_bytes: number; heap_after_bytes: number }
  /** Nothing happens at all: there is no pulse either, so nothing on the screen changes. */
  idle: { seconds: number; frames: number }
  /** Nothing happens but the beat: what moves is the strip in the header. */
  beat: { bpm: number; seconds: number; frames: number; cpu_percent: number }[]
}

/** 50,000 events a second at ten frames a second. */
const eventsPerFrame = 5_000
const view_ms = 5_000
const settle_ms = 1_500
const settle_tries = 5
const keys = 100
/** The screen puts off what comes within 17 ms of its last frame: at this pace each frame is drawn. */
const growthInterval_ms = 40
const growthEventsPerFrame = 500
const idle_s = 5
/** The usual tempo, and the fastest. */
const beat_bpm = [120, 1_000]
const phases_per_beat = 3
/** The strip moves at most so often. */
const strip_per_s_max = 10
const complaint_chars = 2_000
/** 0.2 KB a frame at 10,000 frames: less is what the engine compiles and caches. */
const growth_mib_max = 2
/** So long ago that no age on the screen changes within seconds. */
const longAgo_ms = 3 * 86_400_000

export async function benchView(options: ViewBenchOptions): Promise<ViewBench> {
  const { agents, signal, onStep } = options
  onStep(`view: folding ${agents.toLocaleString('en')} agents`)
  const bench = await openBench(agents, signal)
  try {
    const views: ViewBench['views'] = []
    for (const [i, view] of options.views.entries()) {
      onStep(`view: ${view}`)
      await bench.press(String(i + 1))
      views.push({ view, ...(await measureFrames(bench)) })
    }
    onStep(`view: ${keys} keys`)
    await bench.press('1')
    const latencies = await measureKeys(bench)
    onStep(`view: growth over ${options.frames.toLocaleString('en')} frames`)
    const growth = await measureGrowth(bench, options.frames)
    onStep('view: idle')
    const idle = await measureIdle(bench)
    onStep('view: beat')
    const beat = []
    for (const bpm of beat_bpm) beat.push(await measureBeat(bench, bpm))
    return {
      views,
      key_p50_ms: round(percentile(latencies, 0.5)),
      key_p95_ms: round(percentile(latencies, 0.95)),
      growth,
      idle,
      beat,
    }
  } finally {
    await bench.close()
  }
}

type Bench = {
  feed: BenchFeed
  press(keys: string): Promise<void>
  /** A pulse of this tempo, or none. */
  pulse(bpm: number | null): Promise<void>
  pressUntil(keys: string, text: string): Promise<number>
  read(collect?: boolean): Promise<Reading>
  /** Ticks at this interval, with so many events each, until it is called again. */
  run(interval_ms: number, events: number): void
  close(): Promise<void>
  signal: AbortSignal
}

async function openBench(agents: number, signal: AbortSignal): Promise<Bench> {
  const entry = fileURLToPath(new URL(`./bench-view-screen${extname(import.meta.url)}`, import.meta.url))
  const child = fork(entry, {
    execArgv: [...process.execArgv, '--expose-gc'],
    // It draws on its own terminal and leaves this one alone.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    signal,
  })
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-complaint_chars)
  })
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  // An abort ends the child: that is told by what waits for it.
  child.on('error', () => undefined)
  const feed = makeBenchFeed(agents, (view) => tell(child, { view }))
  let answer: ((message: Extract<FromScreen, { done: true }>) => void) | undefined
  const opened = Promise.withResolvers<void>()
  child.on('message', (message: FromScreen) => {
    if ('query' in message) {
      feed.want(message.query)
      opened.resolve()
    } else if ('confirm' in message) feed.confirm(message.confirm)
    else answer?.(message)
  })
  const ask = async (message: ToScreen): Promise<Extract<FromScreen, { done: true }>> => {
    const answered = new Promise<Extract<FromScreen, { done: true }>>((resolve) => {
      answer = resolve
    })
    tell(child, message)
    return await Promise.race([answered, died()])
  }
  const died = async (): Promise<never> => {
    await gone
    signal.throwIfAborted()
    throw new Error(`the screen ended by itself: ${stripVTControlCharacters(complaint)}`)
  }
  let timer: NodeJS.Timeout | undefined
  await Promise.race([opened.promise, died()])
  return {
    feed,
    signal,
    press: async (text) => void (await ask({ press: text })),
    pulse: async (bpm) => void (await ask({ pulse: bpm })),
    pressUntil: async (press, until) => (await ask({ press, until })).took_ms ?? 0,
    async read(collect = false) {
      const { reading } = await ask({ read: true, collect })
      if (!reading) throw new Error('the screen did not count')
      return reading
    },
    run(interval_ms, events) {
      clearInterval(timer)
      timer = setInterval(() => feed.tick(events), interval_ms)
    },
    async close() {
      clearInterval(timer)
      tell(child, { quit: true })
      await gone
    },
  }
}

const tell = (child: ChildProcess, message: ToScreen): void => {
  if (child.connected) child.send(message)
}

async function measureFrames(bench: Bench): Promise<Omit<ViewBench['views'][number], 'view'>> {
  bench.run(viewLimits.interval_ms, eventsPerFrame)
  await sleep(settle_ms, undefined, { signal: bench.signal })
  const before = await bench.read()
  await sleep(view_ms, undefined, { signal: bench.signal })
  const after = await bench.read()
  const frames = after.frames - before.frames
  return {
    frames,
    cpu_ms_per_frame: round((after.cpu_ms - before.cpu_ms) / Math.max(1, frames)),
    bytes_per_frame: Math.round((after.bytes - before.bytes) / Math.max(1, frames)),
  }
}

/** Types into the palette while frames come: letters that stand nowhere else on the screen, each once. */
async function measureKeys(bench: Bench): Promise<number[]> {
  bench.run(viewLimits.interval_ms, eventsPerFrame)
  const latencies: number[] = []
  while (latencies.length < keys) {
    await bench.press(':')
    for (const letter of 'жщюяъэыфцч') {
      // In no rhythm with the frames.
      await sleep(37 + ((latencies.length * 29) % 97), undefined, { signal: bench.signal })
      latencies.push(await bench.pressUntil(letter, letter))
    }
    await bench.press('\u001b')
    await sleep(150, undefined, { signal: bench.signal })
  }
  return latencies
}

async function measureGrowth(bench: Bench, frames: number): Promise<ViewBench['growth']> {
  bench.run(growthInterval_ms, growthEventsPerFrame)
  const until = async (drawn: number, collect: boolean): Promise<Reading> => {
    let reading = await bench.read()
    while (reading.frames < drawn) {
      await sleep(500, undefined, { signal: bench.signal })
      reading = await bench.read()
    }
    return collect ? await bench.read(true) : reading
  }
  const first = await bench.read()
  // Caches and lists that have an end reach it within the first tenth.
  const before = await until(first.frames + Math.ceil(frames / 10), true)
  const after = await until(first.frames + frames, true)
  return {
    frames: after.frames - before.frames,
    heap_before_bytes: before.heap_bytes,
    heap_after_bytes: after.heap_bytes,
  }
}

async function measureIdle(bench: Bench): Promise<ViewBench['idle']> {
  bench.run(viewLimits.interval_ms, 0)
  // A frame still on its way would stay unconfirmed for all that time, and the view be closed.
  await sleep(settle_ms, undefined, { signal: bench.signal })
  bench.feed.fallSilent(longAgo_ms)
  // 50,000 agents are judged anew and put in order: a few last frames.
  let before = await bench.read()
  for (let tries = 0; tries < settle_tries; tries++) {
    await sleep(2 * settle_ms, undefined, { signal: bench.signal })
    const { frames } = before
    before = await bench.read()
    if (before.frames === frames) break
  }
  await sleep(idle_s * 1_000, undefined, { signal: bench.signal })
  const after = await bench.read()
  return { seconds: idle_s, frames: after.frames - before.frames }
}

async function measureBeat(bench: Bench, bpm: number): Promise<ViewBench['beat'][number]> {
  await bench.pulse(bpm)
  await sleep(settle_ms, undefined, { signal: bench.signal })
  const before = await bench.read()
  await sleep(idle_s * 1_000, undefined, { signal: bench.signal })
  const after = await bench.read()
  await bench.pulse(null)
  return {
    bpm,
    seconds: idle_s,
    frames: after.frames - before.frames,
    cpu_percent: round((after.cpu_ms - before.cpu_ms) / (idle_s * 10)),
  }
}

/** One for each phase, as often as the strip may move; one more may fall into the time by its edges. */
const beatFramesMax = (bpm: number, seconds: number): number =>
  Math.ceil(Math.min((bpm / 60) * phases_per_beat, strip_per_s_max) * seconds) + 1

/** The budgets of the screen. */
export function toViewRows(result: ViewBench): BenchRow[] {
  const { growth, idle, beat } = result
  const grown_mib = Math.max(0, growth.heap_after_bytes - growth.heap_before_bytes) / 2 ** 20
  return [
    ...result.views.flatMap(({ view, cpu_ms_per_frame, bytes_per_frame }) => [
      toLimit('view', `CPU per frame, ${view}`, cpu_ms_per_frame, 25, 'ms'),
      toLimit('view', `bytes per frame, ${view}`, bytes_per_frame, 6_144, 'B'),
    ]),
    toFigure('view', 'key → screen p50', result.key_p50_ms, 'ms'),
    toLimit('view', 'key → screen p95', result.key_p95_ms, 50, 'ms'),
    toFigure('view', 'heap', growth.heap_after_bytes / 2 ** 20, 'MiB'),
    toLimit(
      'view',
      `growth over ${growth.frames.toLocaleString('en')} frames`,
      grown_mib,
      growth_mib_max,
      'MiB',
    ),
    toLimit('view', `frames in ${idle.seconds} idle seconds, no pulse`, idle.frames, 0, 'frames'),
    ...beat.flatMap(({ bpm, seconds, frames, cpu_percent }) => [
      toLimit(
        'view',
        `frames in ${seconds} idle seconds, ${bpm} BPM`,
        frames,
        beatFramesMax(bpm, seconds),
        'frames',
      ),
      toFigure('view', `CPU of the beat strip, ${bpm} BPM`, cpu_percent, '%'),
    ]),
  ]
}
