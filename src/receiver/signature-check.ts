import { fromBase64, isEqualInConstantTime, toBase64, utf8 } from './encoding.ts'
import type { Signature } from './headers.ts'
import type { KeyBytes } from './secret.ts'

export interface VerificationKey {
  readonly version: 'v1' | 'v1a'
  readonly key: CryptoKey
}

/** @throws the runtime's error where it has no such algorithm: ed25519 came late to some */
export async function importKey({ version, bytes }: KeyBytes): Promise<VerificationKey> {
  const key =
    version === 'v1'
      ? await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
      : await crypto.subtle.importKey('raw', bytes, { name: 'Ed25519' }, false, ['verify'])
  return { version, key }
}

/** What is signed (Standard Webhooks 1.0, "Signature scheme"): `{id}.{timestamp}.{body}`, joined as bytes. */
export function signedBytes(id: string, timestamp: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = utf8(`${id}.${timestamp}.`)
  const bytes = new Uint8Array(head.length + body.length)
  bytes.set(head)
  bytes.set(body, head.length)
  return bytes
}

/** Whether one of the signatures is the key's over the bytes. */
export async function isSignedWith(
  { version, key }: VerificationKey,
  signatures: readonly Signature[],
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const values = signatures.filter((signature) => signature.version === version).map(({ value }) => value)
  if (values.length === 0) return false
  if (version === 'v1') {
    // The texts are compared: base64 has several spellings of some bytes, and only one was signed.
    const expected = utf8(toBase64(new Uint8Array(await crypto.subtle.sign('HMAC', key, signed))))
    return values.some((value) => isEqualInConstantTime(utf8(value), expected))
  }
  for (const value of values) {
    const bytes = fromBase64(value)
    if (bytes === null || bytes.length !== 64 || toBase64(bytes) !== value) continue
    if (await crypto.subtle.verify({ name: 'Ed25519' }, key, bytes, signed)) return true
  }
  return false
}
