// Makes text from events safe to print: an agent must not be able to write to the operator's terminal.

// C0, DEL, C1; the bidirectional controls that reorder what is read; line and paragraph separators; the byte
// order mark, zero-width space and other invisible formatting that can hide or fake a name; lone surrogates.
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this file is about
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu

const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' }

/** Control, bidirectional and invisible characters become visible escapes such as `\e`, `\x07` or `\u{202e}`. */
export function escapeControl(text: string): string {
  return text.replace(unsafe, (char) => {
    const code = char.codePointAt(0) ?? 0
    return short[char] ?? (code < 256 ? `\\x${toHex(code, 2)}` : `\\u{${toHex(code, 4)}}`)
  })
}

const toHex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0')
