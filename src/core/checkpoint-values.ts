// The values of a checkpoint's JSON as what they should be; throws on what they are not.

export type JsonObject = Record<string, unknown>

const wrong = (): never => {
  throw new Error('a value is of the wrong kind')
}

export const toNumber = (value: unknown): number => (typeof value === 'number' ? value : wrong())
export const toCount = (value: unknown): number =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : wrong()
export const toText = (value: unknown): string => (typeof value === 'string' ? value : wrong())
export const toList = (value: unknown): unknown[] => (Array.isArray(value) ? value : wrong())
export const toTexts = (value: unknown): string[] => toList(value).map(toText)
export const toObject = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null ? (value as JsonObject) : wrong()
