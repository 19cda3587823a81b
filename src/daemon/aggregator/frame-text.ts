// Messages as JSON text. Views share rows, totals, cells and the like as the same objects, and each is written once.

/** Writes what `JSON.stringify` does. Objects that it has met must not change. */
export function makeFrameWriter(): (message: object) => string {
  const texts = new WeakMap<object, string>()
  const write = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value)
    let text = texts.get(value)
    if (text === undefined) {
      text = isListOfObjects(value) ? `[${value.map(write).join(',')}]` : JSON.stringify(value)
      texts.set(value, text)
    }
    return text
  }
  return (message) => {
    const fields = Object.entries(message).filter(([, value]) => value !== undefined)
    return `{${fields.map(([name, value]) => `"${name}":${write(value)}`).join(',')}}`
  }
}

const isListOfObjects = (value: object): value is object[] =>
  Array.isArray(value) && typeof value[0] === 'object' && value[0] !== null
