import { createHash } from 'node:crypto'
import { equalBytes } from '../bytes.ts'
import type { DigestScheme } from '../row.ts'
import { isRefusal, keyOf, usableKeys } from '../secrets.ts'
import { proven, type Verifier } from './proof.ts'
import { badSignature, candidatesOf, checkTimestamp, signedBytes, timestampOf } from './signed-text.ts'

export function digestOf({ algorithm }: DigestScheme, bytes: readonly Uint8Array[]): Buffer {
  const hash = createHash(algorithm)
  for (const part of bytes) hash.update(part)
  return hash.digest()
}

/** A hash of a text that holds the secret. Weaker than HMAC (a longer body can be made to fit), so only where nothing else is sent. */
export const verifyDigest: Verifier<DigestScheme> = (view, scheme, settings) => {
  const keys = usableKeys(settings.secrets, (secret) => keyOf(secret, 'utf8'))
  if (isRefusal(keys)) return keys
  const candidates = candidatesOf(view, scheme.signature)
  if (isRefusal(candidates)) return candidates
  const timestamp = timestampOf(view, scheme)
  if (isRefusal(timestamp)) return timestamp
  for (const { index, secret } of keys) {
    const bytes = signedBytes(view, scheme, timestamp, secret)
    if (isRefusal(bytes)) return bytes
    const right = digestOf(scheme, bytes)
    if (candidates.some((candidate) => equalBytes(right, candidate.bytes))) {
      return checkTimestamp(view, scheme, timestamp, settings) ?? proven(index, secret)
    }
  }
  return badSignature(view, scheme.signature, keys.length)
}
