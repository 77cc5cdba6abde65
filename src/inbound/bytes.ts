import { createHash, timingSafeEqual } from 'node:crypto'
import type { Encoding } from './row.ts'

/**
 * The bytes of a signature's text, or null if it is not the one text that encodes them. Only that is taken, so that no
 * two texts are the same signature: hex in one case throughout, base64 with its padding, base64url without.
 */
export function decoded(text: string, encoding: Encoding): Buffer | null {
  const bytes = Buffer.from(text, encoding)
  if (bytes.length === 0) return null
  const back = bytes.toString(encoding)
  return back === text || (encoding === 'hex' && back.toUpperCase() === text) ? bytes : null
}

/** In a time that does not depend on where the bytes differ. Empty ones are equal to nothing. */
export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length > 0 && one.length === other.length && timingSafeEqual(one, other)
}

/** In a time that depends neither on where the texts differ nor on their lengths. Empty ones are equal to nothing. */
export function equalTexts(one: string, other: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(one), hash(other)) && one !== ''
}
