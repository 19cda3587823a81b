// Metadata, kept as JSON text, as its fields.

/** Empty when the text is no JSON. */
export function parseMetadata(metadata: string): Record<string, unknown> {
  try {
    return JSON.parse(metadata) as Record<string, unknown>
  } catch {
    return {}
  }
}
