import { createHmac } from 'node:crypto'
import { equalBytes } from '../bytes.ts'
import type { HashName, HmacScheme } from '../row.ts'
import { isRefusal, keyOf, usableKeys } from '../secrets.ts'
import { proven, type Verifier } from './proof.ts'
import {
  badSignature,
  candidatesOf,
  checkTimestamp,
  signedBytes,
  timestampOf,
  withNamedTimestamp,
} from './signed-text.ts'

export function hmacOf(algorithm: HashName, key: Uint8Array, bytes: readonly Uint8Array[]): Buffer {
  const hmac = createHmac(algorithm, key)
  for (const part of bytes) hmac.update(part)
  return hmac.digest()
}

/** HMAC (RFC 2104) over a template, any of several signatures with any of several secrets. */
export const verifyHmac: Verifier<HmacScheme> = (view, row, settings) => {
  const scheme = withNamedTimestamp(row, settings)
  const keys = usableKeys(settings.secrets, (secret) => keyOf(secret, scheme.secret))
  if (isRefusal(keys)) return keys
  const { algorithm } = scheme
  const candidates = candidatesOf(view, scheme.signature, algorithm === 'by-prefix')
  if (isRefusal(candidates)) return candidates
  const timestamp = timestampOf(view, scheme)
  if (isRefusal(timestamp)) return timestamp
  const bytes = signedBytes(view, scheme, timestamp)
  if (isRefusal(bytes)) return bytes
  const fits = keys.find(({ key }) =>
    candidates.some((candidate) => {
      const hash = algorithm === 'by-prefix' ? (candidate.algorithm ?? 'sha256') : algorithm
      return equalBytes(hmacOf(hash, key, bytes), candidate.bytes)
    }),
  )
  if (fits === undefined) return badSignature(view, scheme.signature, keys.length)
  return checkTimestamp(view, scheme, timestamp, settings) ?? proven(fits.index, fits.secret)
}
