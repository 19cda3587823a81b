import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { errorRegistry } from '../../src/core/errors.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('man/, docs/errors.md and docs/config.md are what `npm run docs` writes', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['scripts/write-docs.ts', '--check'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(stdout + stderr).toBe('')
})

function sources(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.tsx?$/.test(name),
  )
  return files
    .filter((name) => !['errors.ts', 'claim-errors.ts'].includes(relative('core', name)))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
}

test('every error code is used somewhere', () => {
  const text = sources(join(root, 'src'))
  expect(Object.keys(errorRegistry).filter((code) => !text.includes(`'${code}'`))).toEqual([])
})

test('every error code is documented, with a cure', () => {
  const page = readFileSync(join(root, 'docs', 'errors.md'), 'utf8')
  for (const [code, { title, hint }] of Object.entries(errorRegistry)) {
    expect(page).toContain(`## ${code}\n`)
    expect(title).not.toMatch(/[.:]$/)
    expect(hint).toMatch(/\.$/)
  }
})
