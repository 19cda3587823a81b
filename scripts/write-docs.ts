// Writes what is made from the code: man/ and its list in package.json, docs/errors.md, docs/config.md. `--check` only says what is stale.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rootCommand } from '../src/commands/command-tree.ts'
import { variables } from '../src/commands/environment.ts'
import { toManPages } from '../src/commands/man-page.ts'
import { settings, toEnvName, toFlagName } from '../src/core/config-table.ts'
import { errorRegistry } from '../src/core/errors.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

const note = '<!-- Made by `npm run docs`: do not edit. -->'

function toErrorsPage(): string {
  const entries = Object.entries(errorRegistry).map(
    ([code, { title, hint, exit, status }]) =>
      `## ${code}\n\n${title}. Exit code ${exit}, HTTP status ${status}.\n\n${hint}\n`,
  )
  return `${note}\n\n# Errors\n\nEvery error that Beacon reports, by its code: what happened and how to mend it.\nA command prints title, what happened this time, and the cure on stderr, and ends with the exit code. An HTTP answer\nis a problem document (RFC 9457) with the same title, detail, \`code\` and \`hint\`.\n\n${entries.join('\n')}`
}

function toConfigPage(): string {
  const rows = settings.map(
    ({ key, metavar, default: value, help }) =>
      `| \`${key}\` | \`${toFlagName(key)} ${metavar}\` | \`${toEnvName(key)}\` | ${value === null ? 'unset' : `\`${value}\``} | ${help.replaceAll('|', '\\|')} |`,
  )
  const others = Object.entries(variables).map(([name, help]) => `| \`${name}\` | ${help} |`)
  return `${note}

# Settings

Flags of \`beacon daemon start\` win over environment variables, those over \`config.toml\` in the home, that over the
defaults. \`beacon config show --origin\` prints each value and where it came from. A key that is unknown is an error.
Durations are written \`500ms\`, \`90s\`, \`10m\`, \`2h\` or \`3d\`; sizes \`8GB\`, \`512MB\` or \`64KiB\`.

| config.toml | Flag | Environment | Default | Meaning |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

\`\`\`toml
# config.toml: flat keys, no sections
http = "127.0.0.1:8000"
durability = "durable"
batch = 500
retention = "30d"
\`\`\`

## Other variables

| Environment | Meaning |
| --- | --- |
${others.join('\n')}
`
}

function toFiles(): Record<string, string> {
  const pages = Object.entries(toManPages(rootCommand)).map(([name, text]) => [`man/${name}`, text])
  return {
    ...Object.fromEntries(pages),
    'package.json': toPackage(pages.map(([path]) => `./${path}`)),
    'docs/errors.md': toErrorsPage(),
    'docs/config.md': toConfigPage(),
  }
}

/** npm links man pages only from a list of files. */
function toPackage(man: string[]): string {
  const fields: Record<string, unknown> = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return `${JSON.stringify({ ...fields, man: man.sort() }, null, 2)}\n`
}

function readOr(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return undefined
  }
}

const files = toFiles()
const gone = readdirSync(join(root, 'man'))
  .map((name) => `man/${name}`)
  .filter((path) => !(path in files))
const stale = [...Object.keys(files).filter((path) => readOr(path) !== files[path]), ...gone]

if (process.argv.includes('--check')) {
  for (const path of stale) console.log(`stale: ${path}; run \`npm run docs\``)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  for (const path of gone) rmSync(join(root, path))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  console.log(stale.length > 0 ? stale.map((path) => `wrote ${path}`).join('\n') : 'everything is up to date')
}
