import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { StartRefused } from '#core/errors.ts'
import type { JwtAlgorithm } from './options.ts'

/** Keys that tokens are signed and verified with, all for one algorithm. */
export interface JwtKeys {
  readonly algorithm: JwtAlgorithm
  /** The first signs, if it can; all verify. */
  readonly keys: readonly { readonly signingKey: KeyObject | null; readonly verifyingKey: KeyObject }[]
}

const minSecretLength = 32

/** @param secret the option's text: keys separated by commas. Throws `StartRefused` where one is no such key. */
export function jwtKeysOf(algorithm: JwtAlgorithm, secret: string): JwtKeys {
  const parts = secret.split(',').map((part) => part.trim())
  return { algorithm, keys: parts.map((part, index) => keyOf(algorithm, part, index + 1)) }
}

function keyOf(algorithm: JwtAlgorithm, part: string, position: number): JwtKeys['keys'][number] {
  if (algorithm.startsWith('HS')) {
    if (part.length < minSecretLength) {
      throw refused(position, `has ${part.length} characters; accepted are at least ${minSecretLength}`)
    }
    const key = createSecretKey(part, 'utf8')
    return { signingKey: key, verifyingKey: key }
  }
  const pem = part.includes('-----BEGIN')
    ? part.replaceAll('\\n', '\n')
    : Buffer.from(part, 'base64').toString('utf8')
  const wanted = algorithm === 'EdDSA' ? 'ed25519' : 'rsa'
  try {
    const isPrivate = pem.includes('PRIVATE KEY')
    const signingKey = isPrivate ? createPrivateKey(pem) : null
    const verifyingKey = createPublicKey(pem)
    if (verifyingKey.asymmetricKeyType === wanted) return { signingKey, verifyingKey }
  } catch (error) {
    throw refused(position, `is no key; accepted are ${wanted} keys as PEM or its base64`, error)
  }
  throw refused(position, `is of another kind; ${algorithm} takes ${wanted} keys`)
}

function refused(position: number, problem: string, cause?: unknown): StartRefused {
  return new StartRefused(
    'jwt_secret_invalid',
    `key ${position} of POSTHORN_JWT_SECRET ${problem}`,
    'Give it keys that fit POSTHORN_JWT_ALGORITHM, separated by commas.',
    { cause },
  )
}
