import { refused } from './refusal.ts'
import type { SecretEncoding } from './row.ts'
import type { Refusal } from './verify.ts'

/** The key of a secret's text; null if it is empty or not in its encoding, and then it proves nothing. */
export function keyOf(secret: string, encoding: SecretEncoding): Buffer | null {
  if (secret.trim() === '') return null
  if (encoding === 'utf8') return Buffer.from(secret)
  if (encoding === 'auto' && !secret.startsWith('whsec_')) return Buffer.from(secret)
  if (encoding === 'hex') return /^([0-9a-f]{2})+$/i.test(secret) ? Buffer.from(secret, 'hex') : null
  const text = secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret
  return /^[A-Za-z0-9+/]{2,}={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null
}

export interface UsableKey<K> {
  /** Among all secrets of the source. */
  readonly index: number
  readonly secret: string
  readonly key: K
}

/** The source's secrets that can be used, each as a key, or a refusal if there is none. */
export function usableKeys<K>(
  secrets: readonly string[],
  toKey: (secret: string) => K | null,
): readonly UsableKey<K>[] | Refusal {
  const keys = secrets.flatMap((secret, index) => {
    const key = secret.trim() === '' ? null : toKey(secret)
    return key === null ? [] : [{ index, secret, key }]
  })
  if (keys.length > 0) return keys
  return refused(
    'no_secret',
    secrets.length === 0
      ? 'The source has no secret yet'
      : 'No secret of the source has the form that the provider gives',
  )
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'refused'
}
