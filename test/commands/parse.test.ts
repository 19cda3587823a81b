import { describe, expect, test } from 'vitest'
import { parseInvocation } from '../../src/commands/build-program.ts'
import { argument, defineCommand, flag, option } from '../../src/commands/command-spec.ts'
import { rootCommand } from '../../src/commands/command-tree.ts'
import { parseTime } from '../../src/core/duration.ts'
import { BeaconError } from '../../src/core/errors.ts'
import { parseWhole } from '../../src/core/whole.ts'

const now = 1_000_000
const leaf = defineCommand({
  name: 'leaf',
  summary: 'do',
  description: 'Does.',
  arguments: {
    id: argument({ metavar: 'ID', help: '', required: true }),
    rest: argument({ metavar: 'X', help: '', many: true }),
  },
  options: {
    limit: option({ flags: '-n', metavar: 'N', help: '', parse: parseWhole(1), default: '10' }),
    since: option({ flags: '--since', metavar: 'TIME', help: '', parse: parseTime }),
    meta: option({ flags: '--meta', metavar: 'K', help: '', many: true }),
    noFollow: flag({ flags: '--no-follow', help: '' }),
    kind: option({ flags: '-k, --kind', metavar: 'KIND', help: '', choices: ['a', 'b'] }),
  },
  examples: [],
  async run() {},
})
const wrap = defineCommand({
  name: 'wrap',
  summary: 'run',
  description: 'Runs.',
  passThrough: true,
  arguments: { cmd: argument({ metavar: 'CMD', help: '', many: true, required: true }) },
  options: { agent: option({ flags: '--agent', metavar: 'ID', help: '', required: true }) },
  examples: [],
  async run() {},
})
const group = defineCommand({
  name: 'group',
  summary: '',
  description: '',
  examples: [],
  subcommands: [leaf],
})
const root = defineCommand({
  name: 'beacon',
  summary: '',
  description: '',
  examples: [],
  subcommands: [group, wrap, leaf],
})

const parse = (line: string) => parseInvocation(root, line.split(' ').filter(Boolean), now)

function refusal(line: string): string {
  try {
    parse(line)
  } catch (error) {
    if (error instanceof BeaconError && error.code === 'usage') return `${error.detail} (${error.hint})`
    throw error
  }
  return 'accepted'
}

test('values have their types, and defaults go through the parser', () => {
  expect(parse('leaf a')).toMatchObject({
    args: { id: 'a', rest: [] },
    options: { limit: 10, since: undefined, meta: [], noFollow: false, kind: undefined },
    given: {},
  })
  expect(parse('leaf a b c -n 3 --since 1s --meta x --meta=y --no-follow -kb')).toMatchObject({
    args: { id: 'a', rest: ['b', 'c'] },
    options: { limit: 3, since: now - 1_000, meta: ['x', 'y'], noFollow: true, kind: 'b' },
    given: { limit: '3', since: '1s', kind: 'b' },
  })
})

describe('global options', () => {
  test.each([
    '-o json group leaf a',
    'group -o json leaf a',
    'group leaf -o json a',
    'group leaf a -ojson',
    '-o csv group leaf a --output=json',
  ])('work in every place: %s', (line) => {
    expect(parse(line).globals.output).toBe('json')
    expect(parse(line).args.id).toBe('a')
  })

  test('--no-color is false until it is given', () => {
    expect(parse('leaf a').globals.noColor).toBe(false)
    expect(parse('leaf a --no-color').globals.noColor).toBe(true)
  })

  test('behind the command of another program they are its own', () => {
    const { args, globals, options } = parse('wrap --agent me prog -o out --help -- -x')
    expect(args.cmd).toEqual(['prog', '-o', 'out', '--help', '--', '-x'])
    expect(globals).toMatchObject({ output: undefined, help: false })
    expect(options.agent).toBe('me')
    expect(parse('wrap --agent me -- -v').args.cmd).toEqual(['-v'])
  })

  test('help wins over what is missing', () => {
    expect(parse('wrap --help').globals.help).toBe(true)
    expect(parse('help group leaf')).toMatchObject({ globals: { help: true }, path: [root, group, leaf] })
    expect(parse('').globals.help).toBe(true)
  })
})

describe('a refusal says what was wrong, the nearest, and where the help is', () => {
  test.each([
    ['leef', "unknown command 'leef'; did you mean leaf? (beacon --help)"],
    ['group laef --x', "unknown command 'laef'; did you mean leaf? (beacon group --help)"],
    ['qqqqqqqq', "unknown command 'qqqqqqqq' (beacon --help)"],
    ['--hom x', "unknown option '--hom'; did you mean --home? (beacon --help)"],
    ['group', 'say which: leaf (beacon group --help)'],
    ['leaf a --sinc 1s', "unknown option '--sinc'; did you mean --since? (beacon leaf --help)"],
    ['leaf', 'ID is missing (beacon leaf --help)'],
    ['wrap x', '--agent ID is missing (beacon wrap --help)'],
    ['wrap --agent me', 'CMD is missing (beacon wrap --help)'],
    ['leaf a -n', '-n is missing its N (beacon leaf --help)'],
    ['leaf a --kind', '--kind is missing its KIND (beacon leaf --help)'],
    ['leaf a -n 0', "-n: '0' is no whole number of at least 1 (beacon leaf --help)"],
    ['leaf a --kind c', "--kind: 'c' is none of a, b (beacon leaf --help)"],
    ['leaf a -o xml', "--output: 'xml' is none of table, wide, json, jsonl, csv (beacon leaf --help)"],
  ])('%s', (line, message) => {
    expect(refusal(line)).toBe(message)
  })

  test('a word too many', () => {
    const one = defineCommand({ name: 'one', summary: '', description: '', examples: [], async run() {} })
    const tree = defineCommand({
      name: 'beacon',
      summary: '',
      description: '',
      examples: [],
      subcommands: [one],
    })
    expect(() => parseInvocation(tree, ['one', 'x'], now)).toThrow("'x' is one word too many")
  })
})

test('every command of beacon is well-formed', () => {
  const check = (path: string[], spec: typeof rootCommand): void => {
    // Commander refuses two options of one name: building each command shows that none clashes with a global one.
    expect(parseInvocation(rootCommand, [...path, '--help'], now).globals.help).toBe(true)
    for (const option of Object.values(spec.options)) {
      if (option.default !== undefined) expect(option.parse?.(option.default, now).ok ?? true).toBe(true)
    }
    expect(spec.run !== undefined || spec.subcommands.length > 0).toBe(true)
    for (const each of spec.subcommands) check([...path, each.name], each)
  }
  check([], rootCommand)
})
