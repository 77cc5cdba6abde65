/** A part of a text: what can be seen, or one character that cannot. */
export interface TextPart {
  readonly text: string
  /** Such as `U+202E`; null where the text is as it looks. */
  readonly code: string | null
}

/**
 * Control characters but for tab and line ends, marks that turn the direction of a text or have no width, line ends that
 * look like none, tags, and halves of surrogate pairs. The joiners of emoji and of Persian are no secret.
 */
const hidden =
  // oxlint-disable-next-line no-control-regex
  /\r(?!\n)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\u{e0000}-\u{e007f}]/gu

/** All of the text, with what cannot be seen apart. */
export function partsOf(text: string): readonly TextPart[] {
  const parts: TextPart[] = []
  let at = 0
  for (const { 0: character, index } of text.matchAll(hidden)) {
    if (index > at) parts.push({ text: text.slice(at, index), code: null })
    parts.push({ text: character, code: codeOf(character) })
    at = index + character.length
  }
  if (at < text.length) parts.push({ text: text.slice(at), code: null })
  return parts
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
