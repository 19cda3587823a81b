import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { beacon, makeHome, startBeacon } from '../kit/run-beacon.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const bin = join(root, 'bin', 'beacon.js')

test('--version and --help go to stdout and end with 0', async () => {
  expect(await beacon('--version')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^beacon \d+\.\d+\.\d+\n$/),
    stderr: '',
  })
  expect(await beacon('--help')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Usage:'),
    stderr: '',
  })
  expect((await beacon('')).stdout).toBe((await beacon('--help')).stdout)
})

test('wrong usage is two lines on stderr and ends with 2', async () => {
  expect(await beacon('config shwo')).toEqual({
    code: 2,
    signal: null,
    stdout: '',
    stderr: "beacon: Wrong usage: unknown command 'shwo'; did you mean show?\nSee `beacon config --help`.\n",
  })
})

test('what a message quotes cannot steer the terminal', async () => {
  const { stderr } = await beacon(['\u001b[2Jx'])
  expect(stderr).toContain("'\\e[2Jx'")
  expect(stderr).not.toContain('\u001b')
})

describe('settings', () => {
  test('config show prints each with its origin', async () => {
    const home = makeHome()
    writeFileSync(join(home, 'config.toml'), '# ours\nbatch = 100\nretention = "7d"\ngateways = 2\n')
    const { code, stdout } = await beacon('config show --origin -o json', {
      home,
      env: { BEACON_GATEWAYS: '3', NATS_URL: 'nats://a:1' },
    })
    expect(code).toBe(0)
    const { schema, config } = JSON.parse(stdout) as {
      schema: string
      config: { key: string; value: string; origin: string }[]
    }
    expect(schema).toBe('beacon.config.v1')
    const rows = Object.fromEntries(config.map(({ key, value, origin }) => [key, [value, origin]]))
    expect(rows).toMatchObject({
      batch: ['100', `${home}/config.toml:2`],
      retention: ['7d', `${home}/config.toml:3`],
      gateways: ['3', 'BEACON_GATEWAYS'],
      nats: ['nats://a:1', 'NATS_URL'],
      http: ['127.0.0.1:8000', 'default'],
    })
  })

  test.each([
    ['batch = "many"', ":1: batch 'many' is no whole number from 1 to 10000"],
    ['\nbacth = 5', ":2: unknown key 'bacth'; did you mean 'batch'?"],
    [
      '[archive]\nbatch = 1',
      ":1: 'archive' is no single value; the keys of config.toml stand flat, without sections",
    ],
    ['batch = ', ':1:9: '],
    ['batch = 1\nbatch = 2', ':2:1: '],
  ])('a wrong config.toml is refused with its line: %s', async (text, message) => {
    const home = makeHome()
    writeFileSync(join(home, 'config.toml'), text)
    const { code, stderr, stdout } = await beacon('config show', { home })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`${home}/config.toml${message}`)
  })

  test('an unknown BEACON_ variable names the nearest', async () => {
    const { code, stderr } = await beacon('config show', { home: makeHome(), env: { BEACON_BACTH: '5' } })
    expect(code).toBe(2)
    expect(stderr).toContain('unknown environment variable BEACON_BACTH; did you mean BEACON_BATCH?')
  })

  test('help and completions work in spite of it', async () => {
    const home = makeHome()
    writeFileSync(join(home, 'config.toml'), 'nonsense')
    expect((await beacon('config show --help', { home })).code).toBe(0)
    expect((await beacon('completion bash', { home })).code).toBe(0)
  })
})

test('doctor finds what is wrong, names the cure, and ends with 1', async () => {
  const home = makeHome()
  writeFileSync(join(home, 'config.toml'), 'batch = 0')
  const { code, stdout, stderr } = await beacon('doctor -o json', { home })
  expect(code).toBe(1)
  const { findings } = JSON.parse(stdout) as { findings: { check: string; state: string }[] }
  expect(findings.find((each) => each.check === 'settings')?.state).toBe('failed')
  expect(findings.find((each) => each.check === 'home')?.state).toBe('ok')
  expect(stderr).toContain('config show --origin')
})

test('setup names the server that BEACON_NATS_SERVER chooses', async () => {
  const { code, stdout } = await beacon('setup -o json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 'beacon.setup.v1',
    path: process.env.BEACON_NATS_SERVER,
  })
})

describe('the end of a run', () => {
  const logHome = (lines: number): string => {
    const home = makeHome()
    mkdirSync(join(home, 'logs'))
    writeFileSync(
      join(home, 'logs', 'daemon.log'),
      `${'{"level":30,"time":0,"instance":"x","msg":"m"}\n'.repeat(lines)}`,
    )
    return home
  }

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends with %d, after what was printed', async (signal, code) => {
    const { child, ended } = startBeacon('daemon logs -f -o jsonl', { home: logHome(1) })
    child.stdout?.once('data', () => child.kill(signal))
    expect(await ended).toMatchObject({ code, signal: null, stderr: '' })
  })

  test('a reader that goes away is a quiet 0', async () => {
    const { child, ended } = startBeacon('daemon logs -n 100000 -o jsonl', { home: logHome(50_000) })
    child.stdout?.once('data', () => child.stdout?.destroy())
    expect(await ended).toMatchObject({ code: 0, signal: null, stderr: '' })
  })

  test('a slow reader gets everything', async () => {
    const home = logHome(50_000)
    const shell = spawn('sh', [
      '-c',
      `"$0" "$1" daemon logs -n 100000 -o jsonl --home "$2" | (sleep 0.5; wc -l)`,
      process.execPath,
      bin,
      home,
    ])
    let text = ''
    shell.stdout.on('data', (chunk) => {
      text += chunk
    })
    await new Promise((resolve) => shell.once('close', resolve))
    expect(Number(text)).toBe(50_000)
  })
})

describe('the launcher', () => {
  /** A clone that holds nothing but the launcher, run by a Node that says it is another version. */
  function launch(version: string, prepare: (clone: string) => void = () => {}) {
    const clone = makeHome()
    cpSync(join(root, 'bin'), join(clone, 'bin'), { recursive: true })
    const pretend = join(clone, 'pretend.cjs')
    writeFileSync(pretend, `Object.defineProperty(process.versions, 'node', { value: '${version}' })`)
    prepare(clone)
    return spawnSync(
      process.execPath,
      ['--require', pretend, join(clone, 'bin', 'beacon.js'), 'tail', '-n'],
      {
        encoding: 'utf8',
      },
    )
  }

  test.each(['12.0.0', '20.20.2', '22.14.0'])('Node %s gets a plain message', (version) => {
    const { status, stderr } = launch(version)
    expect(status).toBe(1)
    expect(stderr).toBe(
      `beacon: Node 22.15 or newer is needed, and this is ${version}.\nInstall a newer Node.\n`,
    )
  })

  test('a clone with a Node of its own goes on with that one', () => {
    const { status, stdout } = launch('20.20.2', (clone) => {
      mkdirSync(join(clone, 'src', 'commands'), { recursive: true })
      mkdirSync(join(clone, 'node_modules', '.bin'), { recursive: true })
      const node = join(clone, 'node_modules', '.bin', 'node')
      writeFileSync(node, '#!/bin/sh\nshift\necho "own node: $*"\nexit 7\n')
      chmodSync(node, 0o755)
    })
    expect({ status, stdout }).toEqual({ status: 7, stdout: 'own node: tail -n\n' })
  })

  test('a clone that is not built says what to run', () => {
    const { status, stderr } = launch('22.15.0')
    expect(status).toBe(1)
    expect(stderr).toContain('npm install && npm run build')
  })
})
