import { fromBase64, utf8 } from '../encoding.ts'
import { bytesOf } from '../read-body.ts'
import type { Finding, FindingCode, Reading } from './finding.ts'
import { jsonSpellings } from './json-spellings.ts'

type Bytes = Uint8Array<ArrayBuffer>

export interface BodyReadings {
  readonly bodies: readonly Reading<Bytes>[]
  /** What is wrong whatever the signature is. */
  readonly findings: readonly Finding[]
}

/** The body as it was given, and every body that it may have been before something changed it. */
export function readBodies(body: unknown): BodyReadings {
  const bytes = bytesOf(body)
  if (bytes !== null) return { bodies: ofBytes(bytes), findings: [] }
  const kept = bytesOfSerialisedBuffer(body)
  if (kept !== null) return { bodies: [{ value: kept, finding: null }], findings: [parsed] }
  if (body === undefined || body === null) {
    return { bodies: [{ value: new Uint8Array(), finding: null }], findings: [parsed] }
  }
  const bodies = jsonSpellings(body).map((text) => ({ value: utf8(text), finding: parsed }))
  return { bodies, findings: [parsed] }
}

function ofBytes(bytes: Bytes): readonly Reading<Bytes>[] {
  const readings: Reading<Bytes>[] = [{ value: bytes, finding: null }]
  const text = textOf(bytes)
  if (text === null) return readings
  const seen = new Set([text])
  for (const [code, spelling] of spellings(text)) {
    if (seen.has(spelling)) continue
    seen.add(spelling)
    readings.push({ value: utf8(spelling), finding: findingOf(code) })
  }
  const decoded = fromBase64(text.trim())
  if (decoded !== null && decoded.length > 0) {
    readings.push({ value: decoded, finding: findingOf('body_base64') })
  }
  const latin1 = bytesOfLatin1(text)
  if (latin1 !== null) readings.push({ value: latin1, finding: findingOf('body_charset') })
  const value = valueOf(text)
  const kept = bytesOfSerialisedBuffer(value)
  if (kept !== null) readings.push({ value: kept, finding: parsed })
  return readings
}

/** Undefined where it is no JSON. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}

function textOf(bytes: Bytes): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

function* spellings(text: string): Generator<readonly [FindingCode, string]> {
  yield ['body_byte_order_mark', text.startsWith('\uFEFF') ? text.slice(1) : `\uFEFF${text}`]
  const unix = text.replaceAll('\r\n', '\n')
  yield ['body_trailing_newline', `${text}\n`]
  yield ['body_trailing_newline', `${text}\r\n`]
  yield ['body_trailing_newline', text.replace(/\r?\n$/, '')]
  yield ['body_trailing_newline', text.trim()]
  yield ['body_line_endings', unix]
  yield ['body_line_endings', unix.replaceAll('\n', '\r\n')]
  const value = valueOf(text)
  if (value === undefined) return
  const isEscaped = text.includes('\\u')
  for (const spelling of jsonSpellings(value)) {
    yield [spelling.includes('\\u') === isEscaped ? 'body_reserialised' : 'body_escapes', spelling]
  }
}

/** What JSON makes of a Buffer: `{ type: 'Buffer', data: […] }`. */
function bytesOfSerialisedBuffer(value: unknown): Bytes | null {
  if (value === null || typeof value !== 'object' || !('type' in value) || value.type !== 'Buffer')
    return null
  return 'data' in value && Array.isArray(value.data) ? Uint8Array.from(value.data as number[]) : null
}

/** The bytes of a text that was read as Latin-1, where they are UTF-8 with more than ASCII in it. */
function bytesOfLatin1(text: string): Bytes | null {
  if (!/[\u0080-\u00FF]/.test(text) || /[^\0-\u00FF]/.test(text)) return null
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
  return textOf(bytes) === null ? null : bytes
}

const parsed: Finding = {
  code: 'body_parsed',
  found: 'The body is not what came: it was parsed before it was verified.',
  tried: 'The parsed value, written in the ways of common serialisers.',
  fix: 'Verify before any parser (express.json(), bodyParser, http-json-body-parser) sees the request, with its raw bytes.',
}

const texts: Partial<Record<FindingCode, readonly [found: string, tried: string, fix: string]>> = {
  body_reserialised: [
    'The signature is right for the same JSON, written with other white space or escapes.',
    'JSON.stringify(JSON.parse(body)), indented by 2, by 4 and by tabs, and with the spaces that Python writes.',
    'Hand over the raw bytes: a parser, a proxy or a queue in between has written the body anew.',
  ],
  body_escapes: [
    'The signature is right for the same JSON with its characters escaped in another way.',
    'The JSON with é and with \\u00e9, with / and with \\/, and with <, > and & escaped.',
    'Hand over the raw bytes: a parser, a proxy or a queue in between has written the body anew.',
  ],
  body_line_endings: [
    'The signature is right for the body with other line endings.',
    'Line feeds alone, and carriage returns with line feeds.',
    'Hand over the raw bytes: text mode, an editor or git has changed the line endings.',
  ],
  body_trailing_newline: [
    'The signature is right for the body with other white space at its ends.',
    'A line break at the end added and taken away, and white space trimmed.',
    'Hand over the raw bytes: shells, editors and trim() add or take line breaks.',
  ],
  body_byte_order_mark: [
    'The signature is right for the body with a byte order mark more or less.',
    'A byte order mark added and taken away.',
    'Hand over the raw bytes: TextDecoder, Response.text() and many parsers drop the mark.',
  ],
  body_charset: [
    'The signature is right for the bytes that were read as Latin-1 instead of UTF-8.',
    'The characters of the body as bytes.',
    'Hand over the raw bytes, or decode them as UTF-8.',
  ],
  body_base64: [
    'The body is still in base64.',
    'The body decoded from base64.',
    'Decode it first: API Gateway sets isBase64Encoded on such events.',
  ],
}

function findingOf(code: FindingCode): Finding {
  const [found = '', tried = '', fix = ''] = texts[code] ?? []
  return { code, found, tried, fix }
}
