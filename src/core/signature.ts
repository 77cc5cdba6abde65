import { createHmac, sign } from 'node:crypto'
import type { SigningKey } from './signing-secret.ts'

/**
 * The value of `webhook-signature` (Standard Webhooks 1.0, "Signature scheme"): one `v1,` HMAC-SHA256 or `v1a,`
 * ed25519 signature over `{id}.{timestamp}.{body}` for each secret that is valid at `now`, current first.
 *
 * @param timestampSeconds unix time, as in `webhook-timestamp`
 */
export function signatures(
  keys: readonly SigningKey[],
  messageId: string,
  timestampSeconds: number,
  body: string | Uint8Array,
  now: number,
): string {
  const head = `${messageId}.${timestampSeconds}.`
  let value = ''
  for (const { type, key, expiresAt } of keys) {
    if (expiresAt !== null && expiresAt <= now) continue
    if (value !== '') value += ' '
    value +=
      type === 'hmac256'
        ? `v1,${createHmac('sha256', key).update(head).update(body).digest('base64')}`
        : `v1a,${sign(null, Buffer.concat([Buffer.from(head), Buffer.from(body)]), key).toString('base64')}`
  }
  return value
}
