// Prints results in the format that was asked for: table and wide for people, json, jsonl and csv for programs.

import type { CommandContext } from './command-context.ts'
import { formatTable, type Heading } from './table-layout.ts'

export type Cell = string | number | boolean | null | undefined

export type Column<Row> = {
  /** Heading in csv: snake_case, units last. */
  name: string
  /** Heading in tables; default: the name in capitals. */
  heading?: string
  /** The raw value, for csv; numbers are put to the right. */
  value(row: Row): Cell
  /** What people see instead, such as `2h` for milliseconds. */
  text?(row: Row): string
  /** Only in `wide` (and csv). */
  wide?: true
  /** May be cut when the terminal is narrow. */
  shrinks?: true
}

type Printer = Pick<CommandContext, 'output' | 'io'>

export type RowsOptions<Row> = {
  /** `agents` makes the schema `beacon.agents.v1` and the json field `agents`. */
  name: string
  columns: Column<Row>[]
  /** What a row is in json and jsonl; default: the row itself. */
  json?(row: Row): object
  /** Further fields of the json document. */
  document?: object
  /** Schema of one row in jsonl, where that differs from the name without its last `s`. */
  rowSchema?: string
  /** With `above` the rows go on under those that were printed before. */
  heading?: Heading
}

/** A list. An empty table prints nothing but the heading. */
export async function printRows<Row extends object>(
  { output, io }: Printer,
  rows: Row[],
  options: RowsOptions<Row>,
): Promise<void> {
  const toJson = options.json ?? ((row: Row): object => row)
  switch (output) {
    case 'json':
      return await io.write(
        toDocument(options.name, { ...options.document, [options.name]: rows.map((row) => toJson(row)) }),
      )
    case 'jsonl': {
      const schema = toSchema(options.rowSchema ?? options.name.replace(/s$/, ''))
      for (const row of rows) await io.write(`${JSON.stringify({ schema, ...toJson(row) })}\n`)
      return
    }
    case 'csv':
      if (options.heading !== 'above') await io.write(csvLine(options.columns.map((column) => column.name)))
      for (const row of rows) await io.write(csvLine(options.columns.map((column) => column.value(row))))
      return
    case 'wide':
    case 'table': {
      const columns = options.columns.filter((column) => output === 'wide' || !column.wide)
      const cells_max = io.isTty && output === 'table' ? io.columns : Number.POSITIVE_INFINITY
      await io.write(formatTable(columns, rows, cells_max, { heading: options.heading ?? true }))
    }
  }
}

/** One result. `text` is what people see; without it, one line for each field. csv prints `field,value` lines. */
export async function printDocument(
  { output, io }: Printer,
  document: object,
  options: { name: string; text?(): string },
): Promise<void> {
  if (output === 'json') return await io.write(toDocument(options.name, document))
  if (output === 'jsonl') {
    return await io.write(`${JSON.stringify({ schema: toSchema(options.name), ...document })}\n`)
  }
  const fields = Object.entries(document) as [string, unknown][]
  if (output === 'csv') {
    for (const [field, value] of fields) await io.write(csvLine([field, toCell(value)]))
    return
  }
  if (options.text) return await io.write(options.text())
  const columns: Column<[string, unknown]>[] = [
    { name: 'field', value: ([field]) => field },
    { name: 'value', value: ([, value]) => String(toCell(value) ?? '') },
  ]
  await io.write(formatTable(columns, fields, Number.POSITIVE_INFINITY, { heading: false }))
}

export const toSchema = (name: string): string => `beacon.${name}.v1`

const toDocument = (name: string, fields: object): string =>
  `${JSON.stringify({ schema: toSchema(name), ...fields }, null, 2)}\n`

const toCell = (value: unknown): Cell =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as Cell)

/** RFC 4180, with the line's end. */
export function csvLine(cells: Cell[]): string {
  const texts = cells.map((cell) => {
    const text = cell === null || cell === undefined ? '' : String(cell)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  })
  return `${texts.join(',')}\r\n`
}
