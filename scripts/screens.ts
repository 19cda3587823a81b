// `npm run screens`: the pictures of docs/top.md, made of real frames: an instance in a temporary home, a seeded swarm, and
// the built `beacon top` in a pseudo-terminal for each of them. `node scripts/screens.ts fleet feed` makes only those.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { frameToSvg } from './frame-to-svg.ts'
import { type Scene, scenes } from './screen-scenes.ts'
import { bin, openSession } from './screen-session.ts'

const folder = fileURLToPath(new URL('../docs/img/', import.meta.url))
const size = { columns: 144, rows: 40 }
/** Until the first troubled agents have been silent for so long that they count as unhealthy. */
const trouble_ms = 100_000

const folderOfHome = mkdtempSync(join(tmpdir(), 'beacon-screens-'))
/** The screen names its home. */
const home = join(folderOfHome, 'swarm')
/** Stands in the pictures for the temporary home; of its length, so that everything stays in its place. */
const shownHome = '/var/lib/beacon/instances/swarms'.padStart(home.length, '/').slice(-home.length)
/** Bars of twelve seconds: some of them are over by the time that there is trouble. */
const env = { ...process.env, BEACON_HOME: home, NODE_ENV: 'production', BEACON_BEATS_PER_BAR: '24' }

const start = (args: string[]): ChildProcess =>
  spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'ignore', 'inherit'], env })

async function run(args: string[]): Promise<void> {
  const [code] = (await once(start(args), 'close')) as [number | null]
  if (code !== 0) throw new Error(`beacon ${args.join(' ')} ended with ${code}`)
}

async function draw(scene: Scene): Promise<void> {
  const { columns, rows } = { ...size, ...scene.size }
  const session = openSession({ args: ['top', ...(scene.args ?? [])], columns, rows, env })
  try {
    await session.until(/LIVE/, end.signal)
    for (const { press, until } of scene.steps) {
      if (press !== undefined) session.press(press)
      await session.until(until, end.signal)
    }
    // Lists and charts fill with the next frames.
    await sleep(scene.rest_ms ?? 1_500, undefined, end)
    const svg = frameToSvg(await session.frame(), scene.title)
    writeFileSync(join(folder, `top-${scene.name}.svg`), svg.replaceAll(home, shownHome))
    console.log(`docs/img/top-${scene.name}.svg  ${Math.ceil(svg.length / 1024)} KB`)
  } finally {
    await session.close()
  }
}

/** What was started is stopped on Ctrl-C too. */
const end = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort())

const names = process.argv.slice(2)
const wanted = scenes.filter(({ name }) => names.length === 0 || names.includes(name))
mkdirSync(folder, { recursive: true })
let sim: ChildProcess | undefined
try {
  await run(['daemon', 'start', '-q', '--http', '127.0.0.1:0'])
  sim = start(['sim', '-q', '--agents', '1000', '--seed', '7', '--trouble', '3%', '--claims'])
  if (names.length === 0) {
    console.log(`waiting ${trouble_ms / 1_000} s until some agents are in trouble`)
    await sleep(trouble_ms, undefined, end)
  }
  for (const scene of wanted) await draw(scene)
} finally {
  if (sim && sim.exitCode === null) {
    const gone = once(sim, 'close')
    sim.kill('SIGINT')
    await gone
  }
  await run(['daemon', 'stop', '-q']).catch(() => {})
  rmSync(folderOfHome, { recursive: true, force: true })
}
