import { expect, test } from 'vitest'
import { makePaint, themeNames } from '../../src/tui/paint.ts'
import { themes } from '../../src/tui/themes.ts'

const meanings = Object.keys(themes.dark.basic) as (keyof typeof themes.dark.basic)[]
/** Colours of the text and of the ground; bold, dim, underline and inverse are none. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
const colour = /\u001b\[(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]/

test('without colour there is not one escape sequence', () => {
  const paint = makePaint({ color: false, theme: 'dark', ascii: false })
  for (const meaning of meanings) expect(paint[meaning]('x')).toBe('x')
  expect(paint.heat(8)('x')).toBe('x')
})

test('mono has bold, underline and the like, and no colour', () => {
  const paint = makePaint({ color: true, theme: 'mono', ascii: false, level: 2 })
  for (const meaning of meanings) expect(paint[meaning]('x')).not.toMatch(colour)
  for (let level = 0; level <= 8; level++) expect(paint.heat(level)('x')).not.toMatch(colour)
  expect(paint.inverse('x')).toContain('\u001b[7m')
})

test.each(themeNames)('%s: what needs the eye is told from what does not', (theme) => {
  for (const level of [1, 2] as const) {
    const paint = makePaint({ color: true, theme, ascii: false, level })
    expect(new Set([paint.bad('x'), paint.warn('x'), paint.dim('x')]).size).toBe(3)
    expect(paint.bad('x')).not.toBe('x')
    expect(paint.wrong('x')).toContain('\u001b[4m')
  }
})

test('light has no yellow, and no grey that white swallows', () => {
  const paint = makePaint({ color: true, theme: 'light', ascii: false })
  const unreadable = ['2', '33', '37', '93', '97'].map((code) => `\u001b[${code}m`)
  // What was searched for has a ground of its own.
  for (const meaning of meanings.filter((each) => each !== 'match'))
    for (const code of unreadable) expect(paint[meaning]('x')).not.toContain(code)
})

/** Relative luminance of WCAG 2. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
const contrast = (a: number, b: number): number => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)

test.each([
  ['dark', 0],
  ['light', 1],
] as const)('every text of %s has a contrast of 4.5 to its ground', (theme, ground) => {
  for (const style of Object.values(themes[theme].rich))
    for (const hex of style.filter((name) => name.startsWith('#')))
      expect(contrast(luminance(hex), ground), hex).toBeGreaterThanOrEqual(4.5)
})

test.each(['dark', 'light'] as const)(
  'the ramp of %s goes one way in lightness, and its coldest is visible',
  (theme) => {
    const steps = themes[theme].heat.rich.map(([hex]) => luminance(hex as string))
    expect(steps).toHaveLength(9)
    const sorted = steps.toSorted((a, b) => a - b)
    expect(steps).toEqual(theme === 'dark' ? sorted : sorted.toReversed())
    expect(contrast(steps[0] as number, theme === 'dark' ? 0 : 1)).toBeGreaterThan(1.5)
  },
)

test('beyond its ends the ramp keeps its ends', () => {
  const paint = makePaint({ color: true, theme: 'dark', ascii: false, level: 2 })
  expect(paint.heat(-1)('x')).toBe(paint.heat(0)('x'))
  expect(paint.heat(99)('x')).toBe(paint.heat(8)('x'))
})
