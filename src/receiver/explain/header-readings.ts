import { families, headerEntries, readSignatures, type Signature, type WebhookHeaders } from '../headers.ts'
import { isTimestamp } from '../verify.ts'
import type { Finding, Reading } from './finding.ts'

export interface HeaderReadings {
  readonly ids: readonly Reading<string>[]
  readonly timestamps: readonly Reading<string>[]
  readonly signatures: readonly Reading<readonly Signature[]>[]
  /** What is wrong whatever the signature is. */
  readonly findings: readonly Finding[]
}

const parts = ['id', 'timestamp', 'signature'] as const
type Part = (typeof parts)[number]

/** The headers as `verify` takes them, and every other way to take them. */
export function readHeaders(headers: WebhookHeaders): HeaderReadings {
  const entries = headerEntries(headers)
  const family = chosenFamily(entries)
  const findings: Finding[] = []
  const given: Record<Part, string> = { id: '', timestamp: '', signature: '' }
  for (const part of parts) {
    const name = `${family}-${part}`
    const value = entries.get(name)
    if (value) {
      given[part] = value
      continue
    }
    const [other, replacement] = replacementOf(entries, family, part) ?? []
    if (other === undefined || replacement === undefined) findings.push(missing(name))
    else {
      given[part] = replacement
      const isOfAnotherFamily = families.some((one) => other === `${one}-${part}`)
      findings.push(isOfAnotherFamily ? mixed(name, other) : misnamed(name, other))
    }
  }
  if (given.timestamp !== '' && !isTimestamp(given.timestamp)) findings.push(malformed(given.timestamp))
  const signatures = signatureReadings(given.signature)
  if (given.signature !== '' && signatures.length === 0) findings.push(unreadable)
  return {
    ids: idReadings(entries, given.id),
    timestamps: timestampReadings(entries, given.timestamp),
    signatures,
    findings,
  }
}

/** That with the most headers; as `verify` has it where both are whole. */
function chosenFamily(entries: ReadonlyMap<string, string>): 'webhook' | 'svix' {
  const [webhook = 0, svix = 0] = families.map(
    (family) => parts.filter((part) => entries.get(`${family}-${part}`)).length,
  )
  return svix > webhook ? 'svix' : 'webhook'
}

/** One of another family, or one whose name differs in separators, a prefix such as `http_` or `x-`, or nothing else. */
function replacementOf(
  entries: ReadonlyMap<string, string>,
  family: string,
  part: Part,
): readonly [string, string] | undefined {
  const wanted = new Set([...families.map((other) => other + part), `${family}message${part}`])
  return [...entries].find(([name, value]) => {
    const plain = name.replaceAll(/[^a-z0-9]/g, '').replace(/^(http)?(x)?/, '')
    return value !== '' && (wanted.has(plain) || wanted.has(plain.replace(/s$/, '')))
  })
}

function idReadings(entries: ReadonlyMap<string, string>, given: string): readonly Reading<string>[] {
  const readings: Reading<string>[] = given === '' ? [] : [{ value: given, finding: null }]
  for (const [name, value] of entries) {
    if (value === '' || value === given || value.length > maxIdLength || name.endsWith('-signature')) continue
    readings.push({
      value,
      finding: {
        code: 'id_from_elsewhere',
        found: `What was signed as the id stands in the header ${name}.`,
        tried: 'The value of every other header as the id.',
        fix: 'Hand over the headers as they came: webhook-id is the id of the message, not of a request or a trace.',
      },
    })
  }
  return readings.slice(0, maxIds)
}

const maxIdLength = 256
const maxIds = 60

function timestampReadings(entries: ReadonlyMap<string, string>, given: string): readonly Reading<string>[] {
  const readings: Reading<string>[] = given === '' ? [] : [{ value: given, finding: null }]
  const others = [
    given.trim(),
    // Milliseconds, where seconds were signed.
    /^\d{13}$/.test(given) ? given.slice(0, -3) : given,
    ...families.map((family) => entries.get(`${family}-timestamp`) ?? ''),
  ]
  for (const value of new Set(others)) {
    if (value === '' || value === given) continue
    readings.push({ value, finding: malformed(given) })
  }
  return readings
}

function signatureReadings(given: string): readonly Reading<readonly Signature[]>[] {
  const strict = readSignatures(given)
  const readings: Reading<readonly Signature[]>[] = []
  if (strict.length > 0) readings.push({ value: strict, finding: null })
  const unescaped = given
    .replaceAll(/%2b/gi, '+')
    .replaceAll(/%2f/gi, '/')
    .replaceAll(/%3d/gi, '=')
    .replaceAll(/%2c/gi, ',')
    .replaceAll(/%20/g, ' ')
  const lenient: readonly (readonly [string, Finding])[] = [
    [given, joined],
    [unescaped, encoded],
    // A form decoder makes a space of +.
    [given.replaceAll(/(?<=[A-Za-z0-9+/]) (?!v1a?,)/g, '+'), encoded],
    [given.replaceAll('-', '+').replaceAll('_', '/'), encoded],
    [/^v1a?,/.test(given) ? '' : `v1,${given}`, joined],
  ]
  const seen = new Set([JSON.stringify(strict)])
  for (const [text, finding] of lenient) {
    const value: Signature[] = []
    for (const [, version, base64 = ''] of text.matchAll(/\b(v1a?)[,=:]\s*([A-Za-z0-9+/]+={0,2})/g)) {
      value.push({ version: version === 'v1' ? 'v1' : 'v1a', value: base64 })
    }
    const key = JSON.stringify(value)
    if (value.length === 0 || seen.has(key)) continue
    seen.add(key)
    readings.push({ value, finding })
  }
  return readings
}

function missing(name: string): Finding {
  return {
    code: 'header_missing',
    found: `There is no header ${name}.`,
    tried: 'Names of Standard Webhooks and of Svix, and names that are almost theirs, without case.',
    fix: 'Let proxies and gateways pass the three headers on, and hand all headers of the request over.',
  }
}

function misnamed(name: string, other: string): Finding {
  return {
    code: 'header_misnamed',
    found: `There is no header ${name}, but one named ${other}.`,
    tried: 'Names that are almost the right ones.',
    fix: `Hand it over as ${name}.`,
  }
}

function mixed(name: string, other: string): Finding {
  return {
    code: 'header_families_mixed',
    found: `There is no header ${name}; its value was taken from ${other}.`,
    tried: 'The headers of Standard Webhooks together with those of Svix.',
    fix: 'Hand over all three webhook-* headers, or all three svix-* headers.',
  }
}

function malformed(given: string): Finding {
  return {
    code: 'timestamp_malformed',
    found: /^\d{13}$/.test(given)
      ? 'The timestamp is in milliseconds.'
      : 'The timestamp is not the number of seconds since 1970 that was signed.',
    tried: 'The timestamp as it is, trimmed, as seconds, and that of the other family of headers.',
    fix: 'Hand the header over with the characters that came: it is never parsed and written again.',
  }
}

const unreadable: Finding = {
  code: 'signature_malformed',
  found: 'The signature header holds no v1 or v1a signature.',
  tried: 'Items with other separators, with percent encoding, and with the alphabet of base64url.',
  fix: 'Hand the header over as it came: `v1,` and base64, several of them separated by a space.',
}

const joined: Finding = {
  code: 'signature_joined',
  found: 'The signature header is right, but its items are not separated by a space or lack their version.',
  tried: 'Every v1 and v1a item, whatever stands between them.',
  fix: 'Hand the header over as it came. Where several headers have the name, join them with a space.',
}

const encoded: Finding = {
  code: 'signature_encoding',
  found: 'The signature header was changed by an encoding on its way.',
  tried: 'The header without percent encoding, with + for spaces, and with the alphabet of base64.',
  fix: 'Hand the header over as it came.',
}
