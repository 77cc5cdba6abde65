import { partsOf, type TextPart } from './hidden-characters.ts'
import { indentedTokens, isJsonStructure } from './json-layout.ts'
import { type JsonToken, jsonTokens } from './json-text.ts'

/** A run of text in one colour. */
export interface PayloadPiece {
  readonly kind: 'name' | 'string' | 'number' | 'word' | 'plain'
  readonly parts: readonly TextPart[]
}

export interface PayloadView {
  readonly pieces: readonly PayloadPiece[]
  /** More of it follows. */
  readonly isCut: boolean
}

/** So many elements a browser lays out at once; what follows them has no colour. */
const maxColored = 5_000

/**
 * The first `limit` characters of a body, ready to be shown.
 *
 * @param isIndented in a layout of its own, where it is JSON
 */
export function viewOf(text: string, isIndented: boolean, limit: number): PayloadView {
  const pieces: PayloadPiece[] = []
  let plain = ''
  const flush = (): void => {
    if (plain !== '') pieces.push({ kind: 'plain', parts: partsOf(plain) })
    plain = ''
  }
  let left = limit
  let isCut = false
  let colored = 0
  for (const { kind, text: whole } of tokensOf(text, isIndented)) {
    const shown = whole.length > left ? cut(whole, left) : whole
    left -= shown.length
    if (kind === 'mark' || kind === 'space' || kind === 'other' || ++colored > maxColored) plain += shown
    else {
      flush()
      pieces.push({ kind, parts: partsOf(shown) })
    }
    isCut = shown !== whole
    if (isCut) break
  }
  flush()
  return { pieces, isCut }
}

function tokensOf(text: string, isIndented: boolean): Iterable<JsonToken> {
  if (!isJsonStructure(text)) return [{ kind: 'other', text }]
  return isIndented ? indentedTokens(text) : jsonTokens(text)
}

/** Not between the halves of a character. */
function cut(text: string, at: number): string {
  const isHalf = /[\ud800-\udbff]/.test(text[at - 1] ?? '')
  return text.slice(0, isHalf ? at - 1 : at)
}
