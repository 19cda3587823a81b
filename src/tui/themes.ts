// The themes: one style per meaning and theme, for terminals of 16 colours and for those with more.

export const themeNames = ['dark', 'light', 'contrast', 'mono'] as const
export type ThemeName = (typeof themeNames)[number]

/** What a style stands for. `wrong` marks the part of a typed line that cannot be read. */
export type Meaning = 'bold' | 'dim' | 'good' | 'warn' | 'bad' | 'accent' | 'inverse' | 'match' | 'wrong'

/** Names of chalk's modifiers and 16 colours; a `#rrggbb` is the text's colour where the terminal has more than 16. */
export type Style = readonly string[]

export type Theme = {
  basic: Record<Meaning, Style>
  /** Where it differs with 256 colours and more. */
  rich: Partial<Record<Meaning, Style>>
  /** From cold to hot: nine steps whose lightness only rises (on a dark ground) or only falls. */
  heat: { basic: readonly Style[]; rich: readonly Style[] }
}

const plain: Record<Meaning, Style> = {
  bold: ['bold'],
  dim: ['dim'],
  good: [],
  warn: ['underline'],
  bad: ['bold'],
  accent: [],
  inverse: ['inverse'],
  match: ['inverse'],
  wrong: ['bold', 'underline'],
}

const repeated = (...steps: [Style, number][]): Style[] =>
  steps.flatMap(([style, times]) => Array<Style>(times).fill(style))

export const themes: Record<ThemeName, Theme> = {
  dark: {
    basic: {
      ...plain,
      good: ['green'],
      warn: ['yellow'],
      bad: ['redBright'],
      accent: ['cyan'],
      match: ['black', 'bgYellow'],
      wrong: ['redBright', 'underline'],
    },
    rich: {
      // Seven to one on black: quiet, and still to be read.
      dim: ['#9a9a9a'],
      good: ['#7fbf7f'],
      warn: ['#e5b454'],
      bad: ['bold', '#ff6b6b'],
      accent: ['#6cb6d9'],
      wrong: ['#ff6b6b', 'underline'],
    },
    heat: {
      basic: repeated([['blue'], 2], [['cyan'], 3], [['yellow'], 2], [['yellowBright'], 2]),
      // From blue over grey-green to yellow: told apart with every kind of colour blindness.
      rich: [
        '#35507a',
        '#3f6590',
        '#4a7aa0',
        '#5d8fa3',
        '#7ba39c',
        '#9cb78b',
        '#bfc973',
        '#e2d75e',
        '#fff27a',
      ].map((colour) => [colour]),
    },
  },
  light: {
    basic: {
      ...plain,
      // Grey by `dim` vanishes on white in many terminals, and yellow in all of them.
      dim: ['blackBright'],
      good: ['green'],
      warn: ['magenta'],
      bad: ['bold', 'red'],
      accent: ['blue'],
      match: ['white', 'bgBlue'],
      wrong: ['red', 'underline'],
    },
    rich: {
      dim: ['#5f5f5f'],
      good: ['#1f6f2f'],
      warn: ['#8a4b00'],
      bad: ['bold', '#b00020'],
      accent: ['#0b5394'],
      wrong: ['#b00020', 'underline'],
    },
    heat: {
      basic: repeated([['cyan'], 3], [['blue'], 3], [['magenta'], 2], [['black'], 1]),
      rich: [
        '#b7cbe2',
        '#9cb9d9',
        '#7fa6cf',
        '#6292c2',
        '#487db1',
        '#33689b',
        '#225281',
        '#143c65',
        '#082746',
      ].map((colour) => [colour]),
    },
  },
  contrast: {
    basic: {
      ...plain,
      dim: [],
      good: ['bold', 'greenBright'],
      warn: ['bold', 'yellowBright'],
      bad: ['bold', 'whiteBright', 'bgRed'],
      accent: ['bold', 'cyanBright'],
      match: ['black', 'bgYellowBright'],
      wrong: ['bold', 'whiteBright', 'bgRed', 'underline'],
    },
    rich: {},
    heat: {
      basic: repeated([['blueBright'], 3], [['cyanBright'], 3], [['whiteBright'], 3]),
      rich: repeated([['blueBright'], 3], [['cyanBright'], 3], [['whiteBright'], 3]),
    },
  },
  mono: {
    basic: plain,
    rich: {},
    heat: {
      basic: repeated([['dim'], 3], [[], 3], [['bold'], 3]),
      rich: repeated([['dim'], 3], [[], 3], [['bold'], 3]),
    },
  },
}
