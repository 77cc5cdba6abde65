import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'

/** AES-256-GCM over small texts; the place they belong to is authenticated, so that no sealed text can be moved. */
export interface Vault {
  /** @param place what the text belongs to, such as an endpoint's id */
  seal(text: string, place: string): string
  /** Throws when the text was not sealed by this key for this place. */
  open(sealed: string, place: string): string
}

const ivLength = 12
const tagLength = 16

/** @param key 32 bytes */
export function createVault(key: Buffer): Vault {
  const secret: KeyObject = createSecretKey(key)
  return {
    seal(text, place) {
      const iv = randomBytes(ivLength)
      const cipher = createCipheriv('aes-256-gcm', secret, iv)
      cipher.setAAD(Buffer.from(place))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, ivLength), {
        authTagLength: tagLength,
      })
      decipher.setAAD(Buffer.from(place))
      decipher.setAuthTag(bytes.subarray(ivLength, ivLength + tagLength))
      return Buffer.concat([
        decipher.update(bytes.subarray(ivLength + tagLength)),
        decipher.final(),
      ]).toString('utf8')
    },
  }
}
