// House rules that hold for every file: each import rule of biome.json is seen to fail, and the sources keep the others.

import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

const core = 'src/core is pure'
const client = 'src/client imports only core'
const daemon = 'src/daemon imports only core and client'
const tui = 'src/tui imports only core and client'
const sim = 'src/sim imports only core and client'
const use = (from: string): string => `import { x } from '${from}'\nexport const y = x\n`

/** A file of each kind that must be refused: where it stands, its text, and what the linter says. */
const violations: [string, string, string][] = [
  ['src/core', use('node:fs'), core],
  ['src/core', use('undici'), core],
  ['src/core', use('../client/connect.ts'), core],
  ['src/core', "import type { X } from '../client/connect.ts'\nexport type Y = X\n", core],
  ['src/core', "export { x } from '../client/connect.ts'\n", core],
  ['src/core', "export const x = () => import('../client/connect.ts')\n", core],
  ...['daemon/home', 'tui/model', 'sim/swarm', 'commands/main'].map((from): [string, string, string] => [
    'src/client',
    use(`../${from}.ts`),
    client,
  ]),
  ...['tui/model', 'sim/swarm', 'commands/main'].flatMap((from): [string, string, string][] => [
    ['src/daemon', use(`../${from}.ts`), daemon],
    ['src/daemon/gateway', use(`../../${from}.ts`), daemon],
  ]),
  ...['daemon/home', 'sim/swarm', 'commands/main'].map((from): [string, string, string] => [
    'src/tui',
    use(`../${from}.ts`),
    tui,
  ]),
  ...['daemon/home', 'tui/model', 'commands/main'].map((from): [string, string, string] => [
    'src/sim',
    use(`../${from}.ts`),
    sim,
  ]),
  ['src/core', 'export const x = process.env.HOME\n', 'noProcessEnv'],
  ['src/daemon', "console.log('x')\n", 'noConsole'],
  ['src/daemon', 'export default 1\n', 'noDefaultExport'],
  ['src/daemon', 'export const f = (x?: { y: number }) => x!.y\n', 'noNonNullAssertion'],
  ['src/daemon', 'async function f() {}\nexport const g = () => {\n  f()\n}\n', 'noFloatingPromises'],
]

/** What must not be refused. */
const allowed: [string, string][] = [
  ['src/core', use('./result.ts')],
  ['src/client', use('../core/result.ts')],
  ['src/daemon/gateway', use('../../client/connect.ts')],
  ['src/tui', use('../client/connect.ts')],
  ['src/sim', use('../core/result.ts')],
  ['src/commands', use('../daemon/home.ts')],
]

describe('the linter', () => {
  let found: Map<string, string>
  beforeAll(() => {
    found = lint([...violations, ...allowed].map(([folder, text], i) => [`${folder}/probe-${i}.ts`, text]))
  })

  test.each(violations.map((each, i) => [`${each[0]}/probe-${i}.ts`, each[1], each[2]] as const))(
    '%s refuses %j: %s',
    (path, _, message) => {
      expect(found.get(path)).toContain(message)
    },
  )

  test.each(allowed.map((each, i) => [`${each[0]}/probe-${violations.length + i}.ts`, each[1]] as const))(
    '%s allows %j',
    (path) => {
      expect(found.get(path) ?? '').not.toMatch(/imports only|is pure/)
    },
  )

  test('it refuses a name that is not kebab-case', () => {
    expect(
      lint([['src/daemon/someFile.ts', 'export const x = 1\n']]).get('src/daemon/someFile.ts'),
    ).toContain('useFilenamingConvention')
  })
})

/** What the linter says about files with these texts at these places, in a folder with nothing but our rules. */
function lint(files: [string, string][]): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-layout-'))
  try {
    for (const name of ['biome.json', '.gitignore']) copyFileSync(join(root, name), join(folder, name))
    for (const [path, text] of files) {
      mkdirSync(join(folder, dirname(path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const biome = join(root, 'node_modules', '.bin', 'biome')
    const { stdout, stderr } = spawnSync(
      biome,
      ['lint', '--reporter=json', '--max-diagnostics=none', 'src'],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    )
    if (!stdout.startsWith('{')) throw new Error(stdout + stderr)
    const found = new Map<string, string>()
    for (const each of (
      JSON.parse(stdout) as { diagnostics: { location: { path: string | { file: string } } }[] }
    ).diagnostics) {
      const { path } = each.location
      const file = typeof path === 'string' ? path : path.file
      found.set(file, (found.get(file) ?? '') + JSON.stringify(each))
    }
    return found
  } finally {
    rmSync(folder, { recursive: true })
  }
}

type Source = { path: string; text: string }

const sources: Source[] = ['src', 'test', 'scripts'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|tsx|sh)$/.test(name))
    .map((name) => ({ path: join(folder, name), text: readFileSync(join(root, folder, name), 'utf8') })),
)
const inSrc = sources.filter(({ path }) => path.startsWith('src/'))

/** Files of src that may be longer than 300 lines, each with its reason. */
const long: Record<string, string> = {}

const paths = (some: Source[]): string[] => some.map(({ path }) => path)

test('files are short', () => {
  const tooLong = inSrc.filter(({ path, text }) => text.split('\n').length > 300 && !long[path])
  expect(paths(tooLong)).toEqual([])
})

test('every file of src says in its first line what it is for', () => {
  expect(paths(inSrc.filter(({ text }) => !/^\/\/ \S+ \S/.test(text)))).toEqual([])
})

test('names are kebab-case, and none says only that something helps', () => {
  const named = sources.filter(
    ({ path }) =>
      !/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.(ts|tsx|sh)$/.test(basename(path)) ||
      /\b(utils?|helpers?|common|manager|misc)\b/.test(basename(path)),
  )
  expect(paths(named)).toEqual([])
})

test('imports name their file with its ending', () => {
  const bare = /from '\.\.?\/[^']*(?<!\.tsx?)'/
  expect(paths(sources.filter(({ text }) => bare.test(text.replace(/`[^`]*`|"[^"]*"/g, ''))))).toEqual([])
})

test('nothing is left for later in a comment', () => {
  const later = /\b(TO(?:)DO|FIX(?:)ME|X(?:)XX)\b/
  expect(paths(sources.filter(({ text }) => later.test(text)))).toEqual([])
})

test('only src/commands reads argv and the environment', () => {
  // The entries of child processes get their instance by argv, from our own parent.
  const entries = ['src/daemon/service-main.ts', 'src/daemon/supervisor-main.ts']
  // The platform of an agent is told by the environment, and its SDK has no command above it.
  const excepted = [...entries, 'src/client/detect-platform.ts']
  const readers = inSrc.filter(
    ({ path, text }) =>
      !path.startsWith('src/commands/') && !excepted.includes(path) && /\bprocess\.(argv|env)\b/.test(text),
  )
  expect(paths(readers)).toEqual([])
})

test('no path of a machine stands in a file', () => {
  expect(paths(sources.filter(({ text }) => /\/(?:home|Users)\/[a-z]+\/|\/work\/[a-z]/.test(text)))).toEqual(
    [],
  )
})
