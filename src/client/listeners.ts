// Listeners that cannot harm one another, nor who tells them.

export type Listeners<T> = {
  /** Returns what takes the listener away again. */
  add(listener: (value: T) => unknown): () => void
  tell(value: T): void
  clear(): void
}

/** `onError` gets what a listener throws, or what the promise that it returns is rejected with. */
export function makeListeners<T>(onError: (error: unknown) => void): Listeners<T> {
  // Entries of their own, so that one function may be added twice and removed once.
  const entries = new Set<{ listener: (value: T) => unknown }>()
  return {
    add(listener) {
      const entry = { listener }
      entries.add(entry)
      return () => void entries.delete(entry)
    },
    tell(value) {
      for (const { listener } of [...entries]) {
        try {
          const answer = listener(value)
          if (answer instanceof Promise) answer.catch(onError)
        } catch (error) {
          onError(error)
        }
      }
    },
    clear: () => entries.clear(),
  }
}
