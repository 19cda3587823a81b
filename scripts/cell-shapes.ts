// Characters that must meet their neighbours without a gap, as shapes: blocks, lines and braille. Fonts draw them with
// seams, or not at all.

/** A cell in user units. */
export const cell = { width: 10, height: 20 } as const

/** Path data to be filled or stroked, with its opacity. */
export type Shape = { kind: 'fill'; d: string; opacity: number } | { kind: 'dots' | 'lines'; d: string }

const fill = (x: number, y: number, width: number, height: number, opacity = 1): Shape => ({
  kind: 'fill',
  d: `M${x} ${y}h${width}v${height}h${-width}z`,
  opacity,
})

/** Opacity of the shades ░▒▓. */
const shades: Record<string, number> = { '░': 0.25, '▒': 0.5, '▓': 0.75 }

/** Light lines by the sides that they touch. */
const lines: Record<string, string> = {
  '─': 'lr',
  '│': 'ud',
  '┌': 'rd',
  '┐': 'ld',
  '└': 'ru',
  '┘': 'lu',
  '╭': 'rd',
  '╮': 'ld',
  '╰': 'ru',
  '╯': 'lu',
  '├': 'udr',
  '┤': 'udl',
  '┬': 'lrd',
  '┴': 'lru',
  '┼': 'lrud',
}

/** Bit of each dot of a braille character, by column and row. */
const dots = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
]

/** The shape of a character whose cell begins at x, y; undefined for one that is text. `columns` are equal ones in a row. */
export function toShape(char: string, x: number, y: number, columns = 1): Shape | undefined {
  const code = char.codePointAt(0) ?? 0
  const width = cell.width * columns
  const shade = shades[char]
  if (shade !== undefined) return fill(x, y, width, cell.height, shade)
  if (char === '▀') return fill(x, y, width, cell.height / 2)
  // ▁ to █ grow from below, ▉ to ▏ shrink to the left.
  if (code >= 0x2581 && code <= 0x2588) {
    const height = (cell.height * (code - 0x2580)) / 8
    return fill(x, y + cell.height - height, width, height)
  }
  if (code >= 0x2589 && code <= 0x258f && columns === 1)
    return fill(x, y, (cell.width * (0x2590 - code)) / 8, cell.height)
  const sides = lines[char]
  if (sides !== undefined && columns === 1) return { kind: 'lines', d: toLines(sides, x, y) }
  if (char === '─') return { kind: 'lines', d: `M${x} ${y + cell.height / 2}h${width}` }
  if (code >= 0x2800 && code <= 0x28ff && columns === 1)
    return { kind: 'dots', d: toDots(code - 0x2800, x, y) }
  return undefined
}

/** Characters whose equal neighbours may be drawn as one. */
export const isUniform = (char: string): boolean => /^[▀▁-█░▒▓─]$/u.test(char)

function toLines(sides: string, x: number, y: number): string {
  const middle = `M${x + cell.width / 2} ${y + cell.height / 2}`
  const to: Record<string, string> = {
    l: `h${-cell.width / 2}`,
    r: `h${cell.width / 2}`,
    u: `v${-cell.height / 2}`,
    d: `v${cell.height / 2}`,
  }
  return [...sides].map((side) => middle + (to[side] as string)).join('')
}

function toDots(bits: number, x: number, y: number): string {
  let d = ''
  for (const [column, rows] of dots.entries()) {
    for (const [row, bit] of rows.entries()) {
      if (bits & bit) d += `M${x + 3 + column * 5} ${y + 2 + row * 5}h0`
    }
  }
  return d
}
