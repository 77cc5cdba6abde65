import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { PublicKeyScheme } from '../row.ts'
import { isRefusal, usableKeys } from '../secrets.ts'
import { proven, type Verifier } from './proof.ts'
import { badSignature, candidatesOf, checkTimestamp, signedBytes, timestampOf } from './signed-text.ts'

export const ed25519Key = (raw: Uint8Array): KeyObject | null =>
  raw.length === 32
    ? createPublicKey({
        key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(raw).toString('base64url') },
        format: 'jwk',
      })
    : null

const types: Readonly<Record<PublicKeyScheme['algorithm'], string>> = {
  ed25519: 'ed25519',
  'ecdsa-p256': 'ec',
  'rsa-sha256': 'rsa',
}

/** The public key of a secret's text; null if it is none, or one of another algorithm. */
export function publicKeyOf(text: string, { key: form, algorithm }: PublicKeyScheme): KeyObject | null {
  try {
    const key =
      form === 'raw-hex' || form === 'raw-base64'
        ? ed25519Key(Buffer.from(text.trim(), form === 'raw-hex' ? 'hex' : 'base64'))
        : form === 'spki-base64' && !text.includes('-----BEGIN')
          ? createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
          : createPublicKey(text)
    if (key === null || key.asymmetricKeyType !== types[algorithm]) return null
    const curve = key.asymmetricKeyDetails?.namedCurve
    return algorithm === 'ecdsa-p256' && curve !== 'prime256v1' ? null : key
  } catch {
    return null
  }
}

/** A signature that the configured public key verifies: ed25519 (RFC 8032), ECDSA in DER over P-256, RSA PKCS #1 1.5. */
export const verifyPublicKey: Verifier<PublicKeyScheme> = (view, scheme, settings) => {
  const keys = usableKeys(settings.secrets, (text) => publicKeyOf(text, scheme))
  if (isRefusal(keys)) return keys
  const candidates = candidatesOf(view, scheme.signature)
  if (isRefusal(candidates)) return candidates
  const timestamp = timestampOf(view, scheme)
  if (isRefusal(timestamp)) return timestamp
  const bytes = signedBytes(view, scheme, timestamp)
  if (isRefusal(bytes)) return bytes
  const text = Buffer.concat(bytes)
  const hash = scheme.algorithm === 'ed25519' ? null : 'sha256'
  const fits = keys.find(({ key }) =>
    candidates.some((candidate) => verify(hash, text, key, candidate.bytes)),
  )
  if (fits === undefined) return badSignature(view, scheme.signature, keys.length)
  return checkTimestamp(view, scheme, timestamp, settings) ?? proven(fits.index, null)
}
