import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OutputFormat } from '../../src/commands/command-context.ts'
import type { Io } from '../../src/commands/io.ts'
import { type Column, csvLine, printDocument, printRows } from '../../src/commands/output.ts'
import { displayWidth } from '../../src/core/display-width.ts'

type Row = { id: string; size: number | null; note: string }
const columns: Column<Row>[] = [
  { name: 'id', value: (row) => row.id, shrinks: true },
  { name: 'size_bytes', heading: 'SIZE', value: (row) => row.size, text: (row) => `${row.size}B` },
  { name: 'note', value: (row) => row.note, wide: true },
]
const rows: Row[] = [
  { id: 'a', size: 5, note: 'x,"y"' },
  { id: '日本\u001b[31m', size: 1234, note: '' },
]

async function printed(output: OutputFormat, some = rows, terminal?: number): Promise<string> {
  const { io, text } = sink(terminal)
  await printRows({ output, io }, some, { name: 'things', columns })
  return text()
}

function sink(terminal?: number): { io: Io; text(): string } {
  let text = ''
  const io = {
    isTty: terminal !== undefined,
    columns: terminal ?? 80,
    write: async (data: string) => {
      text += data
    },
  } as unknown as Io
  return { io, text: () => text }
}

test('table: aligned, numbers to the right, escaped, wide columns left out', async () => {
  expect(await printed('table')).toBe('ID           SIZE\na              5B\n日本\\e[31m  1234B\n')
})

test('wide has every column, and a dash for nothing', async () => {
  const lines = (await printed('wide')).split('\n')
  expect(lines[0]).toMatch(/^ID +SIZE +NOTE$/)
  expect(lines[2]).toMatch(/-$/)
})

test('json is one document with its schema, jsonl one with each row', async () => {
  expect(JSON.parse(await printed('json'))).toEqual({ schema: 'beacon.things.v1', things: rows })
  const lines = (await printed('jsonl')).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    rows.map((row) => ({ schema: 'beacon.thing.v1', ...row })),
  )
})

test('csv has raw values, every column, and quotes as RFC 4180 wants', async () => {
  expect(await printed('csv')).toBe('id,size_bytes,note\r\na,5,"x,""y"""\r\n日本\u001b[31m,1234,\r\n')
  expect(csvLine([null, undefined, true, 'a\nb'])).toBe(',,true,"a\nb"\r\n')
})

test('a table fits the terminal whatever is in it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ id: fc.string({ unit: 'binary' }), size: fc.nat(), note: fc.string() })),
      fc.integer({ min: 30, max: 100 }),
      async (some, cells) => {
        for (const line of (await printed('table', some, cells)).trimEnd().split('\n')) {
          expect(displayWidth(line)).toBeLessThanOrEqual(cells)
        }
      },
    ),
  )
})

test('a document is lines for people and fields for programs', async () => {
  const print = async (output: OutputFormat): Promise<string> => {
    const { io, text } = sink()
    await printDocument({ output, io }, { seq: 7, tags: ['a'] }, { name: 'one' })
    return text()
  }
  expect(await print('table')).toBe('seq   7\ntags  ["a"]\n')
  expect(JSON.parse(await print('json'))).toEqual({ schema: 'beacon.one.v1', seq: 7, tags: ['a'] })
  expect(await print('jsonl')).toBe('{"schema":"beacon.one.v1","seq":7,"tags":["a"]}\n')
  expect(await print('csv')).toBe('seq,7\r\ntags,"[""a""]"\r\n')
})
