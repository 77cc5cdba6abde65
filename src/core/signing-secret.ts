import {
  createPrivateKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'

export type SignatureType = 'hmac256' | 'ed25519'

/**
 * One secret of an endpoint in its text form: `whsec_` + base64 of 24 to 75 bytes (Standard Webhooks, symmetric),
 * or `whsk_` + base64 of 64 bytes, seed then public key (asymmetric).
 */
export interface SigningSecret {
  readonly key: string
  /** Still signs until then; null for the current secret. */
  readonly expiresAt: number | null
}

/** A current secret and at most this many that still sign. */
export const maxOldSecrets = 10

export function newSecret(type: SignatureType): string {
  if (type === 'hmac256') return `whsec_${randomBytes(24).toString('base64')}`
  const { privateKey } = generateKeyPairSync('ed25519')
  const jwk = privateKey.export({ format: 'jwk' })
  const seed = Buffer.from(jwk.d ?? '', 'base64url')
  const publicKey = Buffer.from(jwk.x ?? '', 'base64url')
  return `whsk_${Buffer.concat([seed, publicKey]).toString('base64')}`
}

function base64Bytes(text: string): Buffer | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return null
  return Buffer.from(text, 'base64')
}

/** The secret in its full text form, or what is wrong with it. A bare base64 text is taken as symmetric. */
export function parseSecret(text: string): { readonly key: string } | { readonly problem: string } {
  const [prefix, body] = /^(whsec_|whsk_|whpk_|whsk1_|whpk1_)?(.*)$/s.exec(text)?.slice(1) ?? []
  const bytes = base64Bytes(body ?? '')
  if (bytes === null) return { problem: 'must be base64 after its prefix' }
  if (prefix === undefined || prefix === 'whsec_') {
    if (bytes.length < 24 || bytes.length > 75) {
      return { problem: `must hold 24 to 75 bytes after whsec_, not ${bytes.length}` }
    }
    return { key: `whsec_${body}` }
  }
  if (prefix !== 'whsk_') return { problem: 'must begin with whsec_ (symmetric) or whsk_ (asymmetric)' }
  if (bytes.length !== 64)
    return { problem: `must hold 64 bytes after whsk_, seed then public key, not ${bytes.length}` }
  try {
    // Fails too when the public half does not belong to the seed.
    privateKeyOf(bytes)
  } catch {
    return { problem: 'is no ed25519 key: its public half does not belong to its seed' }
  }
  return { key: `whsk_${body}` }
}

function privateKeyOf(seedAndPublic: Buffer): KeyObject {
  return createPrivateKey({
    key: {
      kty: 'OKP',
      crv: 'Ed25519',
      d: seedAndPublic.subarray(0, 32).toString('base64url'),
      x: seedAndPublic.subarray(32).toString('base64url'),
    },
    format: 'jwk',
  })
}

/** What clients may see of a secret: a symmetric one whole, of an asymmetric one the public half (`whpk_`). */
export function shownSecret(key: string): string {
  if (!key.startsWith('whsk_')) return key
  return `whpk_${Buffer.from(key.slice('whsk_'.length), 'base64').subarray(32).toString('base64')}`
}

export interface SigningKey {
  readonly type: SignatureType
  /** Made once and kept: signing with a raw buffer costs four times as much. */
  readonly key: KeyObject
  readonly expiresAt: number | null
}

export function signingKeyOf(secret: SigningSecret): SigningKey {
  if (secret.key.startsWith('whsk_')) {
    const bytes = Buffer.from(secret.key.slice('whsk_'.length), 'base64')
    return { type: 'ed25519', key: privateKeyOf(bytes), expiresAt: secret.expiresAt }
  }
  const bytes = Buffer.from(secret.key.slice('whsec_'.length), 'base64')
  return { type: 'hmac256', key: createSecretKey(bytes), expiresAt: secret.expiresAt }
}
