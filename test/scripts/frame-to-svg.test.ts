// A frame written to a terminal, made into an SVG, and read back from it.

import xterm from '@xterm/headless'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toShape } from '../../scripts/cell-shapes.ts'
import { frameToSvg } from '../../scripts/frame-to-svg.ts'
import { readFrame, toColour } from '../../scripts/read-frame.ts'

const columns = 40
const rows = 6

async function draw(text: string): Promise<{ svg: string; shown: string[] }> {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true })
  await new Promise<void>((resolve) => terminal.write(text, resolve))
  const frame = readFrame(terminal)
  const { active } = terminal.buffer
  const shown = frame.map((_, y) => active.getLine(active.baseY + y)?.translateToString(true) ?? '')
  return { svg: frameToSvg(frame, 'a <title>'), shown }
}

/** The texts of an SVG at their places, with their classes' styles. */
function readTexts(svg: string): { x: number; y: number; columns: number; text: string; css: string }[] {
  const styles = new Map([...svg.matchAll(/\.([a-z]+)\{([^}]*)\}/g)].map(([, name, css]) => [name, css]))
  const pattern = /<text class="([a-z]+)" x="(\d+)" y="(\d+)" textLength="(\d+)">([^<]*)<\/text>/g
  return [...svg.matchAll(pattern)].map(([, name, x, y, length, text]) => ({
    x: Number(x) / 10,
    y: (Number(y) - 15) / 20,
    columns: Number(length) / 10,
    text: unescapeXml(text ?? ''),
    css: styles.get(name) ?? '',
  }))
}

const unescapeXml = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

/** Tags close in the order in which they open, and no sign of XML's own stands between them. */
function expectWellFormed(svg: string): void {
  const open: string[] = []
  let rest = svg
  for (let tag = /<(\/?)([a-z]+)((?: [a-zA-Z:]+="[^"<&]*")*)(\/?)>/.exec(rest); tag; ) {
    const [whole, closes, name = '', , empty] = tag
    expect(rest.slice(0, tag.index)).not.toMatch(/[<>]|&(?!(?:lt|gt|amp);)/)
    if (closes) expect(open.pop()).toBe(name)
    else if (!empty) open.push(name)
    rest = rest.slice(tag.index + whole.length)
    tag = /<(\/?)([a-z]+)((?: [a-zA-Z:]+="[^"<&]*")*)(\/?)>/.exec(rest)
  }
  expect(rest.trim()).toBe('')
  expect(open).toEqual([])
}

describe('text', () => {
  test('each word stands at its column and takes exactly its columns', async () => {
    const { svg } = await draw('one two  three\n\n   four')
    expect(readTexts(svg)).toMatchObject([
      { x: 0, y: 0, columns: 7, text: 'one two' },
      { x: 9, y: 0, columns: 5, text: 'three' },
      { x: 3, y: 2, columns: 4, text: 'four' },
    ])
  })

  test('wide characters take two columns, and what follows stands where it does on the screen', async () => {
    const { svg } = await draw('a漢字b')
    expect(readTexts(svg)).toMatchObject([
      { x: 0, columns: 1, text: 'a' },
      { x: 1, columns: 2, text: '漢' },
      { x: 3, columns: 2, text: '字' },
      { x: 5, columns: 1, text: 'b' },
    ])
  })

  test('whatever is written: well-formed, and every row reads as on the screen', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(
        '<&>"\'',
        ']]>',
        '\u001b[1;31m',
        '\u001b[7m',
        '\u001b[0m',
        '  ',
        '▁▅█',
        '⣿⠁',
        '│─┐',
        '\n',
      ),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
        const { svg, shown } = await draw(pieces.join(''))
        expectWellFormed(svg)
        const texts = readTexts(svg)
        for (const [y, row] of shown.entries()) {
          const words = texts.filter((each) => each.y === y).sort((a, b) => a.x - b.x)
          const seen = words.map(({ text }) => text).join('')
          expect(withoutMarks(seen.replaceAll(' ', ''))).toBe(withoutMarks(withoutShapes(row)))
        }
      }),
      { numRuns: 200, examples: [[['\u0591', ' ']]] },
    )
  })

  /** A mark or a format character without a letter has no cell of its own, and may be left out. */
  const withoutMarks = (text: string): string => text.replaceAll(/[\p{M}\p{Cf}]/gu, '')

  /** As the picture has it: XML cannot hold all characters, and blocks, lines and braille are shapes. */
  const withoutShapes = (row: string): string =>
    [...row]
      .filter((char) => char !== ' ' && toShape(char, 0, 0) === undefined)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML does not have
      .map((char) => (/[\u0000-\u001f\ufffe\uffff]/.test(char) ? '\ufffd' : char))
      .join('')
})

describe('style', () => {
  const cssOf = async (text: string): Promise<string> => readTexts((await draw(text)).svg)[0]?.css ?? ''

  test.each([
    ['\u001b[31mx', 'fill:#ff7b72'],
    ['\u001b[38;5;208mx', 'fill:#ff8700'],
    ['\u001b[38;2;1;2;3mx', 'fill:#010203'],
    ['\u001b[1mx', 'font-weight:bold'],
    ['\u001b[2mx', 'opacity:0.6'],
    ['\u001b[3mx', 'font-style:italic'],
    ['\u001b[4mx', 'text-decoration:underline'],
    ['\u001b[7mx', 'fill:#0f141a'],
  ])('%j is %s', async (text, css) => {
    expect(await cssOf(text)).toContain(css)
  })

  test('inverse and coloured backgrounds are drawn behind their whole run, blanks too', async () => {
    const { svg } = await draw('\u001b[7;31m ab  \u001b[0mc')
    expect(svg).toMatch(/\{fill:#ff7b72\}/)
    expect(svg).toContain('d="M0 0h50v20h-50z"')
  })

  test('equal styles share one class', async () => {
    const { svg } = await draw('\u001b[31ma\u001b[0m b \u001b[31mc\u001b[0m d')
    expect(svg.match(/\{fill:#ff7b72\}/g)).toHaveLength(1)
  })

  test('the grey ramp and the cube of 256 colours', () => {
    expect([16, 231, 232, 255].map((n) => toColour(false, n))).toEqual([
      '#000000',
      '#ffffff',
      '#080808',
      '#eeeeee',
    ])
  })
})

describe('shapes', () => {
  test('equal blocks side by side are one shape from edge to edge', async () => {
    const { svg } = await draw('████▄▄')
    expect(svg).toContain('M0 0h40v20h-40z')
    expect(svg).toContain('M40 10h20v10h-20z')
    expect(readTexts(svg)).toEqual([])
  })

  test('lines meet in the middle of their cells', async () => {
    const { svg } = await draw('┐\n│')
    expect(svg).toContain('M5 10h-5M5 10v10')
    expect(svg).toContain('M5 30v-10M5 30v10')
  })

  test('a braille character has a dot for each of its bits', () => {
    const d = (char: string): string => toShape(char, 0, 0)?.d ?? ''
    expect(d('\u2801')).toBe('M3 2h0')
    expect(d('\u2880')).toBe('M8 17h0')
    expect(d('\u28ff').match(/M/g)).toHaveLength(8)
  })

  test('a full screen of changing styles stays below 150 KB', async () => {
    const line = Array.from({ length: 20 }, (_, i) => `\u001b[3${i % 8}mword${i}⣿⣷\u001b[0m`).join(' ')
    const terminal = new xterm.Terminal({ cols: 160, rows: 50, allowProposedApi: true, convertEol: true })
    await new Promise<void>((resolve) =>
      terminal.write(`${line.slice(0, 400)}\u001b[0m\n`.repeat(49), resolve),
    )
    expect(frameToSvg(readFrame(terminal), 'full').length).toBeLessThan(150_000)
  })
})
