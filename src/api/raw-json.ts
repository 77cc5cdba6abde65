import { invalid } from '#core/errors.ts'
import { endOfString } from './json-body.ts'

const comma = 44

/** Where a value stands in a JSON text: from its first character to behind its last. */
export interface Span {
  readonly start: number
  readonly end: number
}

function skipSpace(text: string, at: number): number {
  for (; ; at++) {
    const code = text.charCodeAt(at)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at
  }
}

/** Behind the value that begins at `at`. The text is known to be JSON. */
function endOfValue(text: string, at: number): number {
  const first = text[at]
  if (first === '"') return endOfString(text, at) + 1
  if (first !== '{' && first !== '[') {
    let end = at
    while (end < text.length && !/[\s,\]}]/.test(text[end] as string)) end++
    return end
  }
  let depth = 0
  for (let index = at; ; index++) {
    const code = text.charCodeAt(index)
    if (code === 34) index = endOfString(text, index)
    else if (code === 123 || code === 91) depth++
    else if (code === 125 || code === 93) {
      depth--
      if (depth === 0) return index + 1
    }
  }
}

/** The members of the object whose text begins at `start`, in order; keys as they read, escapes resolved. */
export function* members(text: string, start: number): Generator<readonly [key: string, span: Span]> {
  let at = skipSpace(text, skipSpace(text, start) + 1)
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at)
    const raw = text.slice(at + 1, keyEnd)
    const key = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
    const valueStart = skipSpace(text, skipSpace(text, keyEnd + 1) + 1)
    const end = endOfValue(text, valueStart)
    yield [key, { start: valueStart, end }]
    at = skipSpace(text, end)
    if (text.charCodeAt(at) !== comma) return
    at = skipSpace(text, at + 1)
  }
}

/** The items of the array whose text begins at `start`. */
export function* items(text: string, start: number): Generator<Span> {
  let at = skipSpace(text, skipSpace(text, start) + 1)
  while (text[at] !== ']') {
    const end = endOfValue(text, at)
    yield { start: at, end }
    at = skipSpace(text, end)
    if (text.charCodeAt(at) !== comma) return
    at = skipSpace(text, at + 1)
  }
}

/** Which of them an object names twice would be read differently by different parsers. */
const unambiguous: ReadonlySet<string> = new Set(['payload', 'eventType'])

/**
 * The exact text of a message's `payload` in the request that brought it. Throws `Rejected` where the message names
 * `payload` or `eventType` twice.
 *
 * @param loc where the message stands, for the error
 */
export function payloadText(text: string, start: number, loc: readonly string[]): string {
  const seen = new Set<string>()
  let payload = ''
  for (const [key, span] of members(text, start)) {
    if (!unambiguous.has(key)) continue
    if (seen.has(key)) throw invalid([...loc, key], 'is named twice', 'value_error.duplicate')
    seen.add(key)
    if (key === 'payload') payload = text.slice(span.start, span.end)
  }
  return payload
}
