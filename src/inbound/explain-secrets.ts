import type { Change, Finding } from './explain-finding.ts'
import type { PublicKeyScheme, Scheme, SecretEncoding } from './row.ts'

/** Secrets, and the scheme that reads them. */
export interface SecretReading {
  readonly secrets: readonly string[]
  readonly scheme: Scheme
}

/** The secrets as they were given, then each alone as its text may have been meant. */
export function readSecrets(secrets: readonly string[], scheme: Scheme): readonly Change<SecretReading>[] {
  const readings: Change<SecretReading>[] = [{ value: { secrets, scheme }, finding: null }]
  const seen = new Set<string>()
  const add = (text: string, read: Scheme, finding: Finding): void => {
    const key = `${JSON.stringify(read)} ${text}`
    if (text === '' || seen.has(key)) return
    seen.add(key)
    readings.push({ value: { secrets: [text], scheme: read }, finding })
  }
  for (const text of secrets) seen.add(`${JSON.stringify(scheme)} ${text}`)
  for (const text of secrets) {
    const trimmed = unescaped(text, scheme).trim()
    const clean = trimmed.replace(/^(["'`])(.*)\1$/s, '$2').trim()
    add(trimmed, scheme, whitespace)
    add(clean, scheme, quoted)
    for (const [other, read] of otherReadings(clean, scheme)) add(other, read, encoding)
  }
  return readings
}

/** Line breaks that are written as two characters: in a PEM they are meant, elsewhere they are none of the secret. */
function unescaped(text: string, { kind }: Scheme): string {
  return text.replaceAll(/\\[rnt]/g, kind === 'public-key' ? '\n' : ' ')
}

const encodings: readonly SecretEncoding[] = ['utf8', 'base64', 'hex']
const keyForms: readonly PublicKeyScheme['key'][] = ['raw-hex', 'raw-base64', 'spki-base64', 'pem']

function otherReadings(text: string, scheme: Scheme): readonly (readonly [string, Scheme])[] {
  const bare = text.replace(/^whsec_/, '')
  const standard = bare.replaceAll('-', '+').replaceAll('_', '/')
  switch (scheme.kind) {
    case 'hmac':
    case 'standard':
      return encodings.flatMap((secret) =>
        [text, bare, standard].map((each) => [each, { ...scheme, secret }] as const),
      )
    case 'public-key':
      return keyForms.map((key) => [text, { ...scheme, key }])
    case 'token': {
      const alone = text.replace(/^(?:bearer|basic|token) +/i, '')
      const decoded = Buffer.from(alone, 'base64').toString('utf8')
      return [
        [alone, scheme],
        [decoded, scheme],
      ]
    }
    default:
      return [[bare, scheme]]
  }
}

const whitespace: Finding = {
  code: 'secret_whitespace',
  found: 'The secret has white space or a line break around it.',
  tried: 'The secret without white space at its ends, and without \\n written as two characters.',
  fix: 'Store the secret without the line break, or trim it where it is read from the environment or a file.',
}

const quoted: Finding = {
  code: 'secret_quoted',
  found: 'The secret has quotes around it.',
  tried: 'The secret without its quotes.',
  fix: 'Take the quotes off: some .env readers, docker --env-file among them, keep them.',
}

const encoding: Finding = {
  code: 'secret_encoding',
  found: 'The secret is right, but read in another encoding or form than the provider’s.',
  tried: 'Its characters, base64 (with the alphabet of URLs, too) and hex, with and without a prefix.',
  fix: 'Give the secret as the provider shows it, without a prefix and an encoding of your own; otherwise choose the provider whose secrets are read in this way.',
}
