import type { Change, Finding } from './explain-finding.ts'
import { textOf } from './view.ts'

/** The texts that serialisers make of a JSON value. */
export type JsonSpellings = (value: unknown) => readonly string[]

/** The body as it was given, and every body that it may have been before something changed it. */
export function readBodies(bytes: Uint8Array, jsonSpellings: JsonSpellings): readonly Change<Uint8Array>[] {
  const readings: Change<Uint8Array>[] = [{ value: bytes, finding: null }]
  const text = textOf(bytes)
  if (text === null) return readings
  const seen = new Set([Buffer.from(bytes).toString('latin1')])
  for (const [finding, value] of spellings(Buffer.from(bytes).toString('utf8'), jsonSpellings)) {
    const key = value.toString('latin1')
    if (seen.has(key)) continue
    seen.add(key)
    readings.push({ value, finding })
  }
  return readings
}

function* spellings(text: string, jsonSpellings: JsonSpellings): Generator<readonly [Finding, Buffer]> {
  const utf8 = (spelling: string): Buffer => Buffer.from(spelling)
  // Before what trims: a byte order mark counts as white space there.
  yield [mark, utf8(text.startsWith('\uFEFF') ? text.slice(1) : `\uFEFF${text}`)]
  const unix = text.replaceAll('\r\n', '\n')
  for (const spelling of [`${text}\n`, `${text}\r\n`, text.replace(/\r?\n$/, ''), text.trim()])
    yield [trailing, utf8(spelling)]
  yield [lineEndings, utf8(unix)]
  yield [lineEndings, utf8(unix.replaceAll('\n', '\r\n'))]
  yield [base64, Buffer.from(text, 'base64')]
  if (/[\u0080-\u00ff]/.test(text) && !/[^\0-\u00ff]/.test(text)) yield [charset, Buffer.from(text, 'latin1')]
  const value = valueOf(text)
  const ofJson = value === undefined ? [] : jsonSpellings(value)
  for (const spelling of [...ofJson, ...formSpellings(text)]) yield [reserialised, utf8(spelling)]
}

/** Undefined where it is no JSON. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A form that was parsed and written again: with + or %20, and with few or many characters escaped. */
function formSpellings(text: string): readonly string[] {
  if (!/^[^\s{[<]+=/.test(text)) return []
  const form = new URLSearchParams(text)
  const written = form.toString()
  const components = [...form].map((pair) => pair.map(encodeURIComponent).join('=')).join('&')
  return [written, written.replaceAll('+', '%20'), components, components.replaceAll('%20', '+')]
}

const reserialised: Finding = {
  code: 'body_reserialised',
  found: 'The proof is right for the same content, written with other white space or escapes.',
  tried:
    'The JSON compact, indented by 2, by 4 and by tabs, with the spaces of Python, and with the escapes of Python, PHP and Go; a form with + and with %20.',
  fix: 'Hand over the raw bytes: a parser, a proxy or a relay in between has written the body anew.',
}

const trailing: Finding = {
  code: 'body_trailing_newline',
  found: 'The proof is right for the body with other white space at its ends.',
  tried: 'A line break at the end added and taken away, and white space trimmed.',
  fix: 'Hand over the raw bytes: shells, editors and trim() add or take line breaks.',
}

const lineEndings: Finding = {
  code: 'body_line_endings',
  found: 'The proof is right for the body with other line endings.',
  tried: 'Line feeds alone, and carriage returns with line feeds.',
  fix: 'Hand over the raw bytes: text mode, an editor or git has changed the line endings.',
}

const mark: Finding = {
  code: 'body_byte_order_mark',
  found: 'The proof is right for the body with a byte order mark more or less.',
  tried: 'A byte order mark added and taken away.',
  fix: 'Hand over the raw bytes: TextDecoder, Response.text() and many parsers drop the mark.',
}

const base64: Finding = {
  code: 'body_base64',
  found: 'The body is still in base64.',
  tried: 'The body decoded from base64.',
  fix: 'Decode it first: API Gateway sets isBase64Encoded on such events.',
}

const charset: Finding = {
  code: 'body_charset',
  found: 'The proof is right for the bytes that were read as Latin-1 instead of UTF-8.',
  tried: 'The characters of the body as bytes.',
  fix: 'Hand over the raw bytes, or decode them as UTF-8.',
}
