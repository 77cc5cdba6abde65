import { fromBase64, utf8 } from '../encoding.ts'
import { givenSecrets, type KeyBytes, readSecret, type Secret, type SecretOptions } from '../secret.ts'
import type { Finding, FindingCode, Reading } from './finding.ts'

export interface SecretReadings {
  readonly keys: readonly Reading<KeyBytes>[]
  /** What is wrong whatever the signature is. */
  readonly findings: readonly Finding[]
}

/** The secrets as `verify` takes them, and every other key that their texts may stand for. */
export function readSecretsInEveryWay(options: SecretOptions): SecretReadings {
  const given = givenSecrets(options)
  const keys: Reading<KeyBytes>[] = []
  const findings: Finding[] = []
  if (given.length === 0) findings.push(notThere('No secret is given'))
  for (const [index, secret] of given.entries()) {
    const name = given.length === 1 ? 'The secret' : `Secret ${index + 1} of ${given.length}`
    const asGiven = readSecret(secret)
    if ('problem' in asGiven) {
      findings.push(problemOf(secret, name, asGiven.problem))
    } else {
      keys.push({ value: asGiven, finding: null })
      if (typeof secret !== 'string' && secret.raw !== secret.raw.trim()) {
        // Such a secret may be meant: it is a finding only where the trimmed one is right.
        keys.push(...versionsOf(secret.raw.trim(), finding('secret_whitespace', name)))
      }
    }
    const text = typeof secret === 'string' ? secret : secret?.raw
    if (typeof text !== 'string') continue
    for (const [cleaned, code] of cleanings(text)) {
      keys.push(...versionsOf(cleaned, finding(code, name)))
    }
  }
  return { keys: distinct(keys), findings }
}

/** The text as it may have been before it was copied, the likeliest first. */
function cleanings(text: string): readonly (readonly [string, FindingCode])[] {
  const trimmed = text.replaceAll(/\\[rnt]/g, ' ').trim()
  const unquoted = trimmed.replace(/^(["'`])(.*)\1$/s, '$2').trim()
  return [
    ...(trimmed === text ? [] : [[trimmed, 'secret_whitespace'] as const]),
    ...(unquoted === trimmed ? [] : [[unquoted, 'secret_quoted'] as const]),
    [unquoted, 'secret_encoding'],
  ]
}

/** All keys that a text may stand for, whatever its prefix promises. */
function versionsOf(text: string, reason: Finding): readonly Reading<KeyBytes>[] {
  const readings: Reading<KeyBytes>[] = []
  const prefix = /^wh(sec|sk|pk)_/.exec(text)?.[0] ?? ''
  const rest = text.slice(prefix.length)
  const padded = rest.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  const bytes = fromBase64(padded.padEnd(Math.ceil(padded.length / 4) * 4, '='))
  const isMisread = reason.code === 'secret_encoding'
  const kind = isMisread ? { ...reason, ...kindTexts, code: 'secret_kind' as const } : reason
  if (bytes !== null && bytes.length > 0) {
    readings.push({ value: { version: 'v1', bytes }, finding: prefix === 'whpk_' ? kind : reason })
    if (bytes.length === 32) {
      readings.push({ value: { version: 'v1a', bytes }, finding: prefix === 'whpk_' ? reason : kind })
    }
    // Seed, then public key.
    if (bytes.length === 64) {
      readings.push({ value: { version: 'v1a', bytes: bytes.slice(32) }, finding: kind })
    }
  }
  for (const raw of new Set([text, rest])) {
    if (raw.trim() !== '') readings.push({ value: { version: 'v1', bytes: utf8(raw) }, finding: reason })
  }
  return readings
}

const kindTexts = {
  found: 'The secret is of another kind than its prefix says.',
  tried:
    'Its bytes as a symmetric key, as an ed25519 public key, and as a private key with the public one behind it.',
  fix: 'Symmetric secrets begin with whsec_; for v1a signatures give the public key, which begins with whpk_.',
}

function finding(code: FindingCode, name: string): Finding {
  if (code === 'secret_whitespace') {
    return {
      code,
      found: `${name} has white space or a line break around it.`,
      tried: 'The secret without white space at its ends, and without \\n written as two characters.',
      fix: 'Store the secret without the line break, or trim it where it is read from the environment or a file.',
    }
  }
  if (code === 'secret_quoted') {
    return {
      code,
      found: `${name} has quotes around it.`,
      tried: 'The secret without its quotes.',
      fix: 'Take the quotes off: some .env readers, docker --env-file among them, keep them.',
    }
  }
  return {
    code: 'secret_encoding',
    found: `${name} is right, but read in the wrong encoding.`,
    tried: 'Its characters as the key, with and without the prefix, and its base64 decoded.',
    fix: 'Give a text for what is base64 after whsec_, and { raw: text } where the sender signs with its characters.',
  }
}

function problemOf(secret: Secret, name: string, problem: string): Finding {
  const text = typeof secret === 'string' ? secret : secret?.raw
  if (typeof text !== 'string' || text.trim() === '') return notThere(`${name} ${problem}`)
  if (text !== text.trim()) return finding('secret_whitespace', name)
  const unquoted = /^(["'`]).*\1$/s.test(text)
  if (unquoted) return finding('secret_quoted', name)
  const isKind = text.startsWith('whsk_') || text.startsWith('whpk_')
  return {
    code: isKind ? 'secret_kind' : 'secret_unreadable',
    found: `${name} ${problem}.`,
    tried: 'The forms whsec_…, whpk_… and base64 alone.',
    fix: 'Copy the secret from the endpoint again.',
  }
}

function notThere(found: string): Finding {
  return {
    code: 'secret_missing',
    found: `${found}.`,
    tried: 'The options secret and secrets.',
    fix: 'See that the variable with the secret is set where this program runs.',
  }
}

function distinct(keys: readonly Reading<KeyBytes>[]): readonly Reading<KeyBytes>[] {
  const seen = new Set<string>()
  return keys.filter(({ value: { version, bytes } }) => {
    const key = `${version} ${bytes.join(',')}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
