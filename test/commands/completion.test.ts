import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { rootCommand } from '../../src/commands/command-tree.ts'
import { toBashCompletion } from '../../src/commands/completion-bash.ts'
import { toFishCompletion } from '../../src/commands/completion-fish.ts'
import { toZshCompletion } from '../../src/commands/completion-zsh.ts'

const folder = mkdtempSync(join(tmpdir(), 'beacon-completion-'))
afterAll(() => rmSync(folder, { recursive: true }))

const has = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined

function script(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

describe.skipIf(!has('bash'))('bash', () => {
  const file = script('beacon.bash', toBashCompletion(rootCommand))

  /** What bash offers for the last word, with the words split as readline does. */
  function offers(...words: string[]): string[] {
    const run = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _beacon; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', run, 'bash', file, 'beacon', ...words], {
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    return stdout.split('\n').filter((word) => word !== '')
  }

  test('commands and subcommands', () => {
    expect(offers('conf')).toEqual(['config'])
    expect(offers('daemon', 'sta')).toEqual(['start', 'status'])
    expect(offers('--home', 'daemon', 'comp')).toEqual(['completion'])
    expect(offers('-o', 'json', 'daemon', 'sto')).toEqual(['stop'])
  })

  test('options, the global ones too', () => {
    expect(offers('daemon', 'start', '--dur')).toEqual(['--durability'])
    expect(offers('daemon', 'start', '--ho')).toEqual(['--home'])
  })

  test('values', () => {
    expect(offers('daemon', 'start', '--durability', '')).toEqual(['durable', 'fast'])
    expect(offers('--output', 'js')).toEqual(['json', 'jsonl'])
    expect(offers('--output', '=', 'c')).toEqual(['csv'])
    expect(offers('--output', '=')).toEqual(['table', 'wide', 'json', 'jsonl', 'csv'])
    expect(offers('completion', '')).toEqual(['bash', 'zsh', 'fish'])
    expect(offers('emit', '--agent', 'x')).toEqual([])
  })
})

test.skipIf(!has('zsh'))('zsh can read its script', () => {
  const file = script('_beacon', toZshCompletion(rootCommand))
  expect(spawnSync('zsh', ['-n', file], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
})

test.skipIf(!has('fish'))('fish offers commands, options and values', () => {
  const file = script('beacon.fish', toFishCompletion(rootCommand))
  const offers = (line: string): string[] => {
    const run = `source ${file}; complete -C '${line}'`
    const { stdout } = spawnSync('fish', ['--no-config', '-c', run], { encoding: 'utf8' })
    return stdout
      .split('\n')
      .filter((word) => word !== '')
      .map((word) => word.split('\t')[0] ?? '')
  }
  expect(offers('beacon daemon sta')).toEqual(['start', 'status'])
  expect(offers('beacon -o json daemon start --dura')).toEqual(['--durability'])
  expect(offers('beacon daemon start --durability ')).toEqual(['durable', 'fast'])
  expect(offers('beacon completion ')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']))
})
