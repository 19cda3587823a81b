import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CommandSpec } from '../../src/commands/command-spec.ts'
import { rootCommand } from '../../src/commands/command-tree.ts'
import { toHelp } from '../../src/commands/help-page.ts'
import { toManPages } from '../../src/commands/man-page.ts'
import { displayWidth } from '../../src/core/display-width.ts'

function paths(spec: CommandSpec, above: CommandSpec[] = []): CommandSpec[][] {
  const path = [...above, spec]
  return [path, ...spec.subcommands.flatMap((each) => paths(each, path))]
}

const all = paths(rootCommand).map((path) => [path.map((each) => each.name).join(' '), path] as const)

test.each(all)('the help of %s fits 80 columns and shows its options', (_, path) => {
  const help = toHelp(path)
  for (const line of help.split('\n')) {
    // Examples are copied, so they are never broken.
    if (!line.startsWith('  beacon ') && !line.includes(' beacon '))
      expect(displayWidth(line)).toBeLessThanOrEqual(80)
  }
  for (const option of Object.values(path.at(-1)?.options ?? {})) {
    if (!option.hidden) expect(help).toContain(option.flags)
  }
})

test.each(all)('%s says in one line what it does', (_, path) => {
  const { summary, description } = path.at(-1) as CommandSpec
  expect(summary.length).toBeLessThanOrEqual(60)
  expect(summary).not.toMatch(/\.$/)
  expect(description).toMatch(/\.$/)
})

const hasMandoc = spawnSync('mandoc', ['-V']).error === undefined

test.skipIf(!hasMandoc)('the man pages are clean', () => {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-man-'))
  try {
    const pages = toManPages(rootCommand)
    for (const [name, text] of Object.entries(pages)) writeFileSync(join(folder, name), text)
    const { stdout } = spawnSync('mandoc', ['-T', 'lint', ...Object.keys(pages)], {
      cwd: folder,
      encoding: 'utf8',
    })
    // The pages of the other commands are not installed where this runs.
    const findings = stdout
      .split('\n')
      .filter((line) => line !== '' && !line.includes('referenced manual not found'))
    expect(findings).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
