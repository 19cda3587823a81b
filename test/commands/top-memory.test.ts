import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { toTerminalTraits } from '../../src/commands/terminal-traits.ts'
import { readTopMemory, writeTopMemory } from '../../src/commands/top-memory.ts'
import { toHome } from '../../src/daemon/home.ts'
import { memoryInit } from '../../src/tui/model.ts'
import { makeHome } from '../kit/run-beacon.ts'

test('what is kept comes back', () => {
  const home = toHome(makeHome())
  const memory = { ...memoryInit, filters: ['status:error'], theme: 'light' as const, mouse: false }
  writeTopMemory(home, memory)
  expect(readTopMemory(home)).toEqual(memory)
  expect(readFileSync(join(home.root, 'top.json'), 'utf8')).toMatch(/\n$/)
})

test.each([
  ['nothing', '', {}],
  ['no JSON', '{"filters":', {}],
  ['no object', '"x"', {}],
  ['null', 'null', {}],
  ['wrong types', '{"filters":"x","theme":"pink","mouse":1,"commands":{}}', {}],
  [
    'some that are right',
    '{"filters":["a",1,null,"b"],"mouse":false}',
    { filters: ['a', 'b'], mouse: false },
  ],
])('%s in the file is no error', (_, content, wanted) => {
  const home = toHome(makeHome())
  writeFileSync(join(home.root, 'top.json'), content)
  expect(readTopMemory(home)).toEqual(wanted)
})

test('neither a missing file nor a folder that cannot be written is an error', () => {
  const home = toHome(join(makeHome(), 'not', 'there'))
  expect(readTopMemory(home)).toEqual({})
  expect(() => writeTopMemory(home, memoryInit)).not.toThrow()
})

test('the file does not grow for ever', () => {
  const home = toHome(makeHome())
  const filters = [...Array.from({ length: 200 }, (_, i) => `rate>${i}`), 'x'.repeat(5_000)]
  writeFileSync(join(home.root, 'top.json'), JSON.stringify({ filters: filters.toReversed() }))
  const read = readTopMemory(home).filters ?? []
  expect(read).toHaveLength(50)
  expect(read[0]).toBe('rate>199')
})

test.each([
  [
    { TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    { ascii: false, level: 2 },
  ],
  [
    { TERM: 'xterm', COLORTERM: 'truecolor', LANG: 'en_US.utf8' },
    { ascii: false, level: 2 },
  ],
  [{ TERM: 'screen' }, { ascii: false, level: 1 }],
  [
    { TERM: 'linux', LANG: 'C.UTF-8' },
    { ascii: true, level: 1 },
  ],
  [{ TERM: 'dumb' }, { ascii: true, level: 1 }],
  [
    { TERM: 'xterm', LANG: 'C.UTF-8', LC_ALL: 'C' },
    { ascii: true, level: 1 },
  ],
  [
    { TERM: 'xterm', LANG: 'de_DE.ISO-8859-1', LC_CTYPE: 'C.UTF-8' },
    { ascii: false, level: 1 },
  ],
])('of %o the terminal is %o', (env, traits) => {
  expect(toTerminalTraits(env)).toEqual(traits)
})
