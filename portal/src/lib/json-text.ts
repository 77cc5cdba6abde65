/** JSON as the text that it is: nothing is parsed into values, so that nothing can come out as another one. */
export interface JsonToken {
  /** `other`: from here on it is no JSON. */
  readonly kind: 'name' | 'string' | 'number' | 'word' | 'mark' | 'space' | 'other'
  readonly text: string
}

const patterns = {
  mark: /[[\]{},:]/y,
  space: /[ \t\r\n]+/y,
  number: /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])/y,
  word: /(?:true|false|null)(?![\w.+-])/y,
} as const
const kinds = ['mark', 'space', 'number', 'word'] as const
const nameEnd = /[ \t\r\n]*:/y

/** All of the text, piece by piece. */
export function* jsonTokens(text: string): Generator<JsonToken> {
  for (let at = 0; at < text.length;) {
    const token = text[at] === '"' ? quoted(text, at) : plain(text, at)
    yield token ?? { kind: 'other', text: text.slice(at) }
    if (token === null) return
    at += token.text.length
  }
}

/** What JSON forbids inside of a string may be in it: it ends where a string ends. */
function quoted(text: string, from: number): JsonToken | null {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') {
      nameEnd.lastIndex = at + 1
      return { kind: nameEnd.test(text) ? 'name' : 'string', text: text.slice(from, at + 1) }
    }
  }
  return null
}

function plain(text: string, at: number): JsonToken | null {
  for (const kind of kinds) {
    const pattern = patterns[kind]
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) return { kind, text: found }
  }
  return null
}
