import { isUtf8 } from 'node:buffer'
import { Rejected } from '#core/errors.ts'

/** A request's JSON, with its text as it came. */
export interface JsonBody {
  readonly text: string
  readonly value: unknown
}

const maxJsonDepth = 128

/** Null for an empty body. Throws `Rejected` for what is no JSON text (RFC 8259: UTF-8, no byte order mark). */
export function parseJsonBody(bytes: Buffer): JsonBody | null {
  if (bytes.length === 0) return null
  if (!isUtf8(bytes)) throw noJson('the body is not UTF-8')
  const text = bytes.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw noJson(error instanceof Error ? error.message : 'the body is no JSON')
  }
  if (isTooDeep(text)) throw noJson(`the body is nested deeper than ${maxJsonDepth} levels`)
  return { text, value }
}

function noJson(msg: string): Rejected {
  return new Rejected('invalid', 'validation_error', msg, {
    problems: [{ loc: ['body'], msg, type: 'value_error.jsondecode' }],
  })
}

const quote = 34
const backslash = 92

/** The text is known to be JSON. Strings are skipped, so that what they hold does not count. */
function isTooDeep(text: string): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) at = endOfString(text, at)
    else if (code === 123 || code === 91) {
      depth++
      if (depth > maxJsonDepth) return true
    } else if (code === 125 || code === 93) depth--
  }
  return false
}

/** Where the string that begins at `start` has its closing quote. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    if (end === -1) return text.length
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++
    if (escapes % 2 === 0) return end
  }
}
