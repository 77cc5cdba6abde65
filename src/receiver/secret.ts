import { fromBase64, utf8 } from './encoding.ts'

/**
 * `whsec_…` (symmetric, base64), the base64 alone, or `whpk_…` (the public half of an ed25519 key). `{ raw }` is for
 * senders that sign with the characters of the secret themselves.
 */
export type Secret = string | { readonly raw: string }

/** At least one secret must be given. All of them are valid, so that a rotation needs no common instant. */
export interface SecretOptions {
  readonly secret?: Secret
  readonly secrets?: readonly Secret[]
}

export interface KeyBytes {
  readonly version: 'v1' | 'v1a'
  readonly bytes: Uint8Array<ArrayBuffer>
}

export type ReadSecret = KeyBytes | { readonly problem: string }

export function givenSecrets({ secret, secrets }: SecretOptions): readonly Secret[] {
  return [...(secret === undefined ? [] : [secret]), ...(Array.isArray(secrets) ? secrets : [])]
}

/** One that cannot be used fails all of them: an empty one of several is a mistake that must be seen. */
export function readSecrets(options: SecretOptions): readonly KeyBytes[] | { readonly problem: string } {
  const given = givenSecrets(options)
  if (given.length === 0) return { problem: 'No secret is given.' }
  const keys: KeyBytes[] = []
  for (const [index, secret] of given.entries()) {
    const key = readSecret(secret)
    if ('problem' in key) return { problem: `Secret ${index + 1} of ${given.length} ${key.problem}.` }
    keys.push(key)
  }
  return keys
}

/** The problem continues a sentence, and holds no character of the secret. */
export function readSecret(secret: Secret): ReadSecret {
  if (typeof secret !== 'string') {
    const raw: unknown = secret?.raw
    if (typeof raw !== 'string') return { problem: 'is neither a text nor { raw: text }' }
    return raw.trim() === '' ? { problem: 'is empty' } : { version: 'v1', bytes: utf8(raw) }
  }
  if (secret.trim() === '') return { problem: 'is empty' }
  if (secret !== secret.trim()) return { problem: 'has white space around it' }
  const [prefix = '', text = ''] = /^([a-z0-9]+_)?(.*)$/s.exec(secret)?.slice(1) ?? []
  if (prefix === 'whsk_') return { problem: 'is a private key: give the public one, which begins with whpk_' }
  if (prefix !== '' && prefix !== 'whsec_' && prefix !== 'whpk_') {
    return {
      problem: 'begins with neither whsec_ nor whpk_; { raw: secret } takes its characters as the key',
    }
  }
  const bytes = fromBase64(text)
  if (bytes === null) {
    return { problem: 'is not base64 after its prefix; { raw: secret } takes its characters as the key' }
  }
  if (bytes.length === 0) return { problem: 'is empty after its prefix' }
  if (bytes.every((byte) => byte === 0)) return { problem: 'holds nothing but zeros' }
  if (prefix !== 'whpk_') return { version: 'v1', bytes }
  if (bytes.length !== 32) return { problem: `must hold 32 bytes after whpk_, not ${bytes.length}` }
  return { version: 'v1a', bytes }
}
