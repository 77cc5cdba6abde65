import type { Scheme } from './row.ts'
import { publicKeyOf } from './schemes/public-key.ts'
import { standardKeyOf } from './schemes/standard.ts'
import { keyOf } from './secrets.ts'

/** Why a text cannot be a secret of the scheme, in words for whoever configures it; null if it can. */
export function secretProblem(scheme: Scheme, secret: string): string | null {
  if (secret.trim() === '') return 'must not be empty'
  switch (scheme.kind) {
    case 'hmac':
      return keyOf(secret, scheme.secret) === null ? `must be ${scheme.secret}` : null
    case 'standard':
      return standardKeyOf(secret, scheme) === null
        ? 'must be base64, after whsec_ (symmetric) or whpk_ (a public key) if it has a prefix'
        : null
    case 'public-key':
      return publicKeyOf(secret, scheme) === null
        ? `must be the provider's ${scheme.algorithm} public key (${scheme.key})`
        : null
    case 'adyen':
      return keyOf(secret, 'hex') === null ? 'must be hex' : null
    case 'token':
      return /\s/.test(secret) && !secret.includes(':') && scheme.accept.every(({ form }) => form !== 'plain')
        ? 'must hold no blank, or be user:password'
        : null
    case 'jwt':
      return scheme.secret === 'jwk' && !isObject(secret) ? 'must be a public key as a JWK (JSON)' : null
    default:
      return null
  }
}

function isObject(text: string): boolean {
  try {
    const json = JSON.parse(text) as unknown
    return typeof json === 'object' && json !== null && !Array.isArray(json)
  } catch {
    return false
  }
}
