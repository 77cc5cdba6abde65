/*
 * What others have sent is shown on a terminal, which obeys control characters: every one of them, and every character
 * that changes the order or the place of others, is written as an escape.
 */

/** C0 and C1, DEL, separators of lines, marks and overrides of direction, and halves of characters. */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** The text on one line, safe to write to a terminal. */
export function printable(text: string): string {
  return text.replaceAll(unsafe, (character) => named[character] ?? escaped(character))
}

/** As `printable`, but for line breaks, which stay. */
export function printableLines(text: string): readonly string[] {
  return text.split(/\r?\n/).map((line) => printable(line.replaceAll('\t', '  ')))
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`
}
